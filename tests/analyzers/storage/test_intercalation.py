"""Hosts that take up ions, against published capacities, volumes and voltages."""

from pathlib import Path
from typing import ClassVar

import pytest
from ase import Atoms
from ase.calculators.calculator import Calculator, all_changes

from ionsmith.analyzers.storage import intercalates, intercalation
from ionsmith.crystals import load
from ionsmith.crystals.files import write_structure
from ionsmith.errors import IonsmithError, UnknownPhase

CATHODES = {
    # Theoretical capacities as they are quoted, mAh per gram of the compound with its ions:
    # Padhi et al., J. Electrochem. Soc. 144, 1188 (1997), doi:10.1149/1.1837571 (170);
    # N. Nitta et al., Mater. Today 18, 252 (2015), doi:10.1016/j.mattod.2014.10.040 (274, 148)
    ("lifepo4", None): 170, ("licoo2", None): 274, ("LiMn2O4", None): 148,
    ("licoo2", "Li0.5CoO2"): 137,
    # Na3V2(PO4)3 to NaV2(PO4)3, 117.6 mAh/g: Z. Jian et al., Electrochem. Commun. 14, 86 (2012),
    # doi:10.1016/j.elecom.2011.11.009
    ("nvp", "NaV2(PO4)3"): 117.6,
    # maricite: "155 mAh/g" in print, 154.2 by the atomic masses
    ("nafepo4", None): 154.2,
}  # fmt: skip


@pytest.mark.parametrize("pair", CATHODES)
def test_published_capacities(pair: tuple[str, str | None]) -> None:
    (one,) = intercalation(*pair).phases
    assert one.capacity_product_mAh_g == pytest.approx(CATHODES[pair], abs=0.5)


def test_graphite() -> None:
    """372 mAh per gram of carbon, 339 per gram of LiC6, as every textbook has it."""
    found = intercalation("LiC6", "graphite")
    (one,) = found.phases
    assert one.capacity_host_mAh_g == pytest.approx(372, abs=0.5)
    assert one.capacity_product_mAh_g == pytest.approx(339, abs=0.5)
    assert (found.ion, found.framework, found.x_reference, one.x) == ("Li", "C6", 0, 1)
    assert one.volume_change_percent is None
    assert "LiC6 only the formula is known" in found.notes[0]


def test_volume_change_and_energy_of_lifepo4() -> None:
    # Padhi et al. (1997): 291.39 and 272.36 Å³, recalled; 3.43 V: the usual plateau.
    (one,) = intercalation("lifepo4", "fepo4", voltage=3.43).phases
    assert one.volume_change_percent == pytest.approx(100 * (291.39 / 272.36 - 1), abs=0.2)
    assert one.energy_Wh_kg == pytest.approx(170 * 3.43, rel=3e-3)
    density = 157.757 / (291.39 / 4 * 0.602214)
    assert one.energy_Wh_l == pytest.approx(170 * 3.43 * density, rel=5e-3)


def test_supercells_and_files_are_the_same(tmp_path: Path) -> None:
    path = tmp_path / "full.extxyz"
    full = load("lifepo4").to_atoms() * (2, 1, 1)
    write_structure(path, full)
    (published,) = intercalation("lifepo4", "fepo4").phases
    for source in (full, str(path)):
        (one,) = intercalation(source, "fepo4").phases
        assert one.capacity_product_mAh_cm3 == pytest.approx(published.capacity_product_mAh_cm3)
        assert one.volume_change_percent == pytest.approx(published.volume_change_percent)


class ByComposition(Calculator):
    """Energies that are sums over the atoms, but -2 eV more for each Li beside O."""

    implemented_properties: ClassVar = ["energy"]

    def calculate(self, atoms: Atoms, properties: list, changes: list = all_changes) -> None:
        """Set the energy."""
        super().calculate(atoms, properties, changes)
        counts = atoms.symbols.formula.count()
        own = {"Li": -1.5, "Fe": -8.0, "P": -5.0, "O": -6.0, "Mg": -1.6}
        energy = sum(n * own[element] for element, n in counts.items())
        self.results["energy"] = energy - 2 * counts.get("Li", 0) * ("O" in counts)


def test_voltage_from_energies() -> None:
    (one,) = intercalation("lifepo4", "fepo4", potential=ByComposition()).phases
    assert one.voltage == pytest.approx(2.0)
    assert one.energy_Wh_kg == pytest.approx(2 * one.capacity_product_mAh_g)


def test_multivalent_ions_carry_their_charge() -> None:
    (one,) = intercalation("MgMn2O4", "Mn2O4").phases
    # 2 x 26801.5 mAh/mol and 198.18 g/mol
    assert one.capacity_product_mAh_g == pytest.approx(2 * 26801.48 / 198.177, rel=1e-4)


def test_which_phases_these_are() -> None:
    others = ["lifepo4", "LiC6", "graphite", load("nvp"), "LiMn2O4"]
    assert all(map(intercalates, others))
    assert not any(map(intercalates, ["lisi", "Li15Si4", "sn", load("na3sb"), "li12si2", "what"]))


@pytest.mark.parametrize(
    ("phases", "reference", "reason"),
    [
        ("graphite", None, "none of Li, Na, K"),
        (["nafepo4", "lifepo4"], None, "is not FePO4 with Na"),
        ("lifepo4", "graphite", "do not differ by the amount"),
        ("fepo4", "lifepo4", "has no more Li"),
        ("NaLiFePO4", None, "Li and Na"),
        ("lifepo4", "lifepo4", "do not differ by the amount"),
        ([], None, "empty"),
    ],
)
def test_contradictions(phases: object, reference: str | None, reason: str) -> None:
    with pytest.raises(IonsmithError, match=reason) as caught:
        intercalation(phases, reference)
    assert "\n" not in str(caught.value)


def test_unknown_names_and_missing_energies() -> None:
    with pytest.raises(UnknownPhase, match="similar"):
        intercalation("na3zr")
    with pytest.raises(IonsmithError, match="only a formula"):
        intercalation("lifepo4", potential=ByComposition())
    with pytest.raises(IonsmithError, match="0 to 10"):
        intercalation("lifepo4", voltage=-3)
