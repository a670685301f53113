"""TODO ionsmith.builders.beta_alumina."""

from ionsmith.builders.beta_alumina._closure import close_planes
from ionsmith.builders.beta_alumina._closure_result import Closure
from ionsmith.builders.beta_alumina._crystal import BetaAlumina, build_beta_alumina
from ionsmith.builders.beta_alumina._glide import ROUTES

__all__ = ["ROUTES", "BetaAlumina", "Closure", "build_beta_alumina", "close_planes"]
