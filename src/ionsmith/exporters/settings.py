"""What is computed (task) and how finely (protocol).

The k-point densities and the widths of smearing are those of the three protocols of the AiiDA
plugin for Quantum ESPRESSO 4, which rest on the verification of S. P. Huber et al., npj Comput.
Mater. 7, 136 (2021), doi:10.1038/s41524-021-00594-6 (common workflows). Plane-wave cutoffs follow
the tables of the pseudopotentials (:mod:`ionsmith.exporters.pseudopotentials`), for which a
protocol picks ``low``, ``normal`` or ``high``. VASP's are 400 eV, the largest
that the POTCARs named here ask for (ENMAX of O), 520 eV of the Materials Project (A. Jain
et al., Comput. Mater. Sci. 50, 2295 (2011), doi:10.1016/j.commatsci.2011.02.023) and 680 eV of
its later sets (R. Kingsbury et al., Phys. Rev. Mater. 6, 013801 (2022),
doi:10.1103/PhysRevMaterials.6.013801). GPAW's 340 to 800 eV are around the 600 eV at which its
setups were tested (J. Enkovaara et al., J. Phys.: Condens. Matter 22, 253202 (2010),
doi:10.1088/0953-8984/22/25/253202). CP2K's are those of its Quickstep review for GTH potentials
(T. D. Kühne et al., J. Chem. Phys. 152, 194103 (2020), doi:10.1063/5.0007045) and higher.
"""

from dataclasses import dataclass

TASKS = ("static", "relax", "relax-cell")
"""One energy; positions relaxed; positions and cell relaxed."""


@dataclass(frozen=True)
class Protocol:
    """How finely a calculation is done.

    Parameters
    ----------
    name
        ``fast``, ``moderate`` or ``precise``.
    kpoint_distance
        Largest distance of two k-points along a reciprocal axis, in 1/Å (with the 2π).
    smearing
        Width of the smearing of metals, in eV.
    hint
        Which of the cutoffs of a table of pseudopotentials is taken.
    vasp_cutoff, gpaw_cutoff
        Plane-wave cutoffs in eV.
    cp2k_cutoff
        Cutoff of CP2K's finest grid, in Ry.
    energy
        Convergence of the self-consistent energy, in eV an atom.
    force
        Largest force of a relaxed structure, in eV/Å.
    """

    name: str
    kpoint_distance: float
    smearing: float
    hint: str
    vasp_cutoff: float
    gpaw_cutoff: float
    cp2k_cutoff: float
    energy: float
    force: float


PROTOCOLS = {
    p.name: p
    for p in (
        Protocol("fast", 0.50, 0.374, "low", 400, 340, 400, 1e-5, 0.05),
        Protocol("moderate", 0.15, 0.272, "normal", 520, 600, 600, 1e-6, 0.02),
        Protocol("precise", 0.10, 0.170, "high", 680, 800, 1000, 1e-7, 0.01),
    )
}
"""The protocols by name."""
