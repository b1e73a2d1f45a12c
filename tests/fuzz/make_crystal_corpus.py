#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Writes the seed corpora of the readers of structures, corpus/{poscar,cif,xyz,aims,symmetry}: a file for each way of
writing the same few crystals."""
import pathlib

here = pathlib.Path(__file__).parent / "corpus"

SCALED = "salt\n{scale}\n 2.82 0 0\n 0 2.82 0\n 0 0 2.82\n{species}{counts}\n{mode}\n 0 0 0{flags}\n {end}{flags}\n"
POSCAR = {"scale": "2.0", "species": " Na Cl\n", "counts": " 1 1", "mode": "Direct", "flags": "", "end": ".5 .5 .5"}
poscar = {
    "direct": {},
    "cartesian": {"mode": "Cartesian", "end": "1.41 1.41 1.41"},
    "selective": {"mode": "Selective dynamics\nDirect", "flags": " T F T"},
    "volume": {"scale": "-179.4"},
    "factors": {"scale": "2 2 2"},
    "potentials": {"species": " Na_pv Cl/0a5b\n"},
    "velocities": {"end": ".5 .5 .5\n\n 0.1 0.1 0.1\n 0.2 0.2 0.2"},
}


def cif(symmetry, sites, lengths=(5.64, 5.64, 5.64), angles=(90, 90, 90), columns=()):
    cell = "".join(f"_cell_length_{n} {v}\n" for n, v in zip("abc", lengths))
    cell += "".join(f"_cell_angle_{n} {v}\n" for n, v in zip(("alpha", "beta", "gamma"), angles))
    tags = ["label", *columns, "fract_x", "fract_y", "fract_z"]
    return f"data_a\n{cell}{symmetry}\nloop_\n" + "".join(f"_atom_site_{t}\n" for t in tags) + sites


cifs = {
    "name": cif("_symmetry_space_group_name_H-M 'F m -3 m'", "Na1 0 0 0\nCl1 .5 .5 .5\n"),
    "hall": cif("_space_group_name_Hall '-F 4 2 3'", "Na1 0 0 0\nCl1 .5 .5 .5(1)\n"),
    "number": cif("_space_group_IT_number 194", "Mg 0.3333 0.6667 0.25\n", (3.2, 3.2, 5.2), (90, 90, 120)),
    "listed": cif("loop_\n_symmetry_equiv_pos_as_xyz\nx,y,z\n'-y, x-y, z+1/3'\n'y-x,-x,.6667+z'",
                  "Se1 0.225 0 0.3333\n", (4.37, 4.37, 4.95), (90, 90, 120)),
    "occupancies": cif("_space_group_IT_number 221", "A Fe .6 0 0 0\nB Pt 0.4(1) 0 0 0\nC H .2 .5 .5 .5\n",
                       (3.8, 3.8, 3.8), columns=("type_symbol", "occupancy")),
    "unknown": cif("", "Na1 0 0 0\nH1 ? ? ?\n") + ";\ntext\n;\n_a 'b c'\nsave_x\n_y .\nsave_\n",
}

xyz = {
    "plain": "2\na comment\nC 0 0 0\n8 0 0 1.128 extra\n",
    "extended": '2\nenergy=-1.5 Lattice="5.64 0 0 0 5.64 0 0 0 5.64" Properties=forces:R:3:species:S:1:pos:R:3 '
                'pbc="T T T" name="a b"\n.1 .2 .3 Na 0 0 0\n.1 .2 .3 Cl 2.82 2.82 2.82\n',
    "brackets": "1\nLattice = [[3, 0, 0], [0, 3, 0], [0, 0, 20]] pbc = [T, T, F]\nFE1 1d0 -2.e-1 +3\n",
    "numbers": "1\nProperties=Z:I:1:pos:R:3\n26 1 2 3\n",
    "frames": "1\n\nHe 0 0 0\n2\nsecond\nD 0 0 0\nD 0 0 .74\n\n",
}

VECTORS = "lattice_vector 5.64 0 0\nlattice_vector 0 5.64 0\nlattice_vector 0 0 5.64\n"
aims = {
    "cluster": "# carbon monoxide\natom 0 0 0 C\natom 0 0 1.128 O\n",
    "crystal": VECTORS + "atom 0 0 0 Na\n  initial_moment 1.\natom 2.82 2.82 2.82 Cl # the other\n",
    "fractions": "atom_frac 0 0 0 Na\natom_frac .5 .5 .5 Cl\nconstrain_relaxation .true.\n" + VECTORS,
}


def tenths(*lengths):
    """As symmetry_fuzz reads them: a byte of tenths, and one that asks for no more."""
    return bytes(b for length in lengths for b in (round(10 * length) + 128, 1))


def numbers(cell, *atoms):
    return tenths(*cell) + b"".join(bytes([kind]) + tenths(*place) for kind, *place in atoms)


symmetry = {
    "sc": numbers((3, 0, 0, 0, 3, 0, 0, 0, 3), (0, 0, 0, 0)),
    "bcc": numbers((3, 0, 0, 0, 3, 0, 0, 0, 3), (0, 0, 0, 0), (0, 1.5, 1.5, 1.5)),
    "fcc": numbers((0, 2, 2, 2, 0, 2, 2, 2, 0), (0, 0, 0, 0)),
    "salt": numbers((0, 2, 2, 2, 0, 2, 2, 2, 0), (0, 0, 0, 0), (1, 2, 2, 2)),
    "skewed": numbers((3, 0, 0, 9, 3, 0, -6, 9, 3), (0, 0, 0, 0)),
    "triclinic": numbers((3, .2, 0, .4, 4, .1, .3, .5, 5), (0, 0, 0, 0), (1, 1, 1.2, 2)),
}


def main():
    files = {"poscar": {n: SCALED.format(**{**POSCAR, **how}) for n, how in poscar.items()},
             "cif": cifs, "xyz": xyz, "aims": aims, "symmetry": symmetry}
    files["poscar"]["version4"] = "Na Cl\n1\n5.64 0 0\n0 5.64 0\n0 0 5.64\n1 1\nK\n0 0 0\n2.82 2.82 2.82\n"
    for folder, texts in files.items():
        (here / folder).mkdir(parents=True, exist_ok=True)
        for name, text in texts.items():
            (here / folder / name).write_bytes(text if isinstance(text, bytes) else text.encode())


if __name__ == "__main__":
    main()
