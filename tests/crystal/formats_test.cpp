// SPDX-License-Identifier: Apache-2.0
#include "limpid/crystal/formats.h"

#include <fstream>

#include "crystal/crystals.h"
#include "crystal/read_text.h"
#include "limpid/crystal/defects.h"
#include "limpid/crystal/prototypes.h"

namespace limpid::testing {
namespace {
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

const std::string kSalt =
    "salt\n2.0\n 2.82 0 0\n 0 2.82 0\n 0 0 2.82\n Na Cl\n 1 1\nDirect\n 0 0 0\n .5 .5 .5 comment\n";

std::string replaced(std::string text, const std::string& from, const std::string& to) {
  return text.replace(text.find(from), from.size(), to);
}

std::string salt_fault(const std::string& from, const std::string& to) {
  return error_in("POSCAR", replaced(kSalt, from, to));
}

void expect_salt(const Structure& structure) {
  EXPECT_THAT(structure.species, ElementsAre(11, 17));
  ASSERT_TRUE(structure.cell);
  EXPECT_TRUE(structure.cell->isApprox(5.64 * Eigen::Matrix3d::Identity(), 1e-9));
  EXPECT_LT(structure.positions[0].norm(), 1e-9);
  EXPECT_TRUE(structure.positions[1].isApprox(Eigen::Vector3d::Constant(2.82), 1e-9));
}

TEST(Poscar, EveryWayOfWritingACrystalIsReadAlike) {
  for (const std::string& text : {
           kSalt,
           replaced(kSalt, " Na Cl", " Na_pv Cl/0a5b"),                           // as newer versions write species
           replaced(replaced(kSalt, "salt", "Na Cl rock salt"), " Na Cl\n", ""),  // version 4
           replaced(kSalt, "Direct", "Selective dynamics\ndirect"),
           replaced(kSalt, "2.0", "-179.406144"),  // the volume
           replaced(kSalt, "2.0", "2 2 2 three factors"),
           replaced(replaced(kSalt, "Direct", "Cartesian"), ".5 .5 .5", "1.41 1.41 1.41 T F T"),
           replaced(replaced(kSalt, "Direct", "k"), ".5 .5 .5", "1.41 1.41 1.41"),
           replaced(replaced(kSalt, " 2.82 0 0", "1.41D0 +0. 0"), "2.0", "4 2 2"),
           kSalt + "\n 0.1 0.1 0.1\n 0.2 0.2 0.2\n",  // velocities
           replaced(kSalt, " 1 1", " 1\t1\r"),
       })
    expect_salt(structure_in("POSCAR", text));
}

TEST(Poscar, AFileOfAnyNameIsRecognisedByWhatIsInIt) {
  for (const char* name : {"POSCAR", "POSCAR.relaxed", "CONTCAR", "salt.vasp", "salt.VASP", "salt.poscar", "salt.txt"})
    expect_salt(structure_in(name, kSalt));
}

TEST(Poscar, ThreeFactorsScaleCartesianCoordinates) {
  const Structure structure = structure_in("POSCAR", "x\n1 2 3\n1 1 0\n0 1 0\n0 0 1\nFe\n1\nCartesian\n.5 .5 .5\n");
  EXPECT_TRUE(structure.cell->row(0).isApprox(Eigen::RowVector3d(1, 2, 0)));
  EXPECT_TRUE(structure.positions[0].isApprox(Eigen::Vector3d(.5, 1, 1.5)));
}

TEST(Poscar, WhatIsWrongIsToldWithTheLine) {
  EXPECT_THAT(salt_fault("2.0", "two"), HasSubstr("POSCAR', line 2: no scale; expected one number, or three"));
  EXPECT_THAT(salt_fault("2.0", "0"), HasSubstr("line 5: a scale of 0 with a cell of"));
  EXPECT_THAT(salt_fault("2.0", "1 -1 1"), HasSubstr("three scale factors of line 2 must be above 0"));
  EXPECT_THAT(salt_fault(" 2.82 0 0", " 2.82 0"), HasSubstr("line 3: a number is missing; expected a cell vector"));
  EXPECT_THAT(salt_fault(" 0 2.82 0", " 0 2.82 nan"), HasSubstr("line 4: 'nan' is not a finite number"));
  EXPECT_THAT(salt_fault("Na Cl", "Na Kl"), HasSubstr("line 6: 'Kl' is no element"));
  EXPECT_THAT(salt_fault(" 1 1", " 1 1 1"), HasSubstr("line 7: 3 counts for 2 species"));
  EXPECT_THAT(salt_fault(" 1 1", " 1 x"), HasSubstr("line 7: 'x' is no count of atoms"));
  EXPECT_THAT(salt_fault(" 1 1", " 1 -1"), HasSubstr("line 7: '-1' is no count of atoms"));
  EXPECT_THAT(salt_fault(" 1 1\n", "\n"), HasSubstr("line 7: no counts of atoms"));
  EXPECT_THAT(salt_fault(" 1 1", " 1 99999999999"),
              HasSubstr("line 7: more atoms than the limit structure-atoms, which is 10000000"));
  EXPECT_THAT(salt_fault(" 1 1", " 1 2"), HasSubstr("line 10: the file ends; expected the position of an atom"));
  EXPECT_THAT(salt_fault("Direct", "Polar"), HasSubstr("line 8: 'Polar' is no mode; expected 'Direct' or 'Cartesian'"));
  EXPECT_THAT(salt_fault(".5 .5 .5", ".5 .5 1e999"), HasSubstr("line 10: '1e999' is not a finite number"));
  EXPECT_THAT(salt_fault(" Na Cl\n", ""), HasSubstr("line 6: no species are named (VASP 4); expected a line with 2"));
  EXPECT_THAT(salt_fault(".5 .5 .5", "0 0 1.001"), HasSubstr("POSCAR': atoms 1 and 2 are 0.00564 Å apart"));
  EXPECT_THAT(salt_fault(" 0 2.82 0", " 1 0 0"), HasSubstr("POSCAR' has a cell without volume"));
  EXPECT_THAT(salt_fault(" 1 1", " 0 0"), HasSubstr("POSCAR' has no atoms"));
}

TEST(Poscar, EveryTruncationIsAnErrorOrTheWholeCrystal) {
  for (size_t length = 1; length < kSalt.size(); ++length) {
    const std::string said = error_in("POSCAR", kSalt.substr(0, length));
    if (length < kSalt.find(" .5 .5 .5 ") + 8) {
      EXPECT_THAT(said, HasSubstr("POSCAR'")) << length;
    }
  }
}

TEST(Aims, CrystalsAndClustersAreRead) {
  const std::string vectors = "lattice_vector 5.64 0 0\nlattice_vector 0 5.64 0\nlattice_vector 0 0 5.64\n";
  for (const std::string& text : {
           "# salt\n" + vectors + "atom 0 0 0 Na\n  initial_moment 1.\natom 2.82 2.82 2.82 Cl # the other\n",
           "atom_frac 0 0 0 Na\natom_frac .5 .5 .5 Cl\nconstrain_relaxation .true.\n" + vectors,
           vectors + "atom 0 0 0 Na\natom_frac .5 .5 .5 Cl",
       }) {
    expect_salt(structure_in("geometry.in", text));
    expect_salt(structure_in("some.file", text));
  }
  const Structure cluster = structure_in("geometry.in", "atom 0 0 0 O\natom 0 0 1.2 O\n");
  EXPECT_FALSE(cluster.cell);
  EXPECT_THAT(cluster.species, ElementsAre(8, 8));
}

TEST(Aims, WhatIsWrongIsToldWithTheLine) {
  const auto fault = [](const std::string& text) { return error_in("geometry.in", text); };
  EXPECT_THAT(fault("atom 0 0 Na\n"), HasSubstr("geometry.in', line 1: 'Na' is not a finite number"));
  EXPECT_THAT(fault("atom 0 0 0\n"), HasSubstr("line 1: a species is missing"));
  EXPECT_THAT(fault("\natom 0 0 0 Qq\n"), HasSubstr("line 2: 'Qq' is no element"));
  EXPECT_THAT(fault("atm 0 0 0 H\n"), HasSubstr("line 1: the keyword 'atm' is not known"));
  EXPECT_THAT(fault("atom_frac 0 0 0 H\n"), HasSubstr("atom_frac without lattice_vector"));
  EXPECT_THAT(fault("lattice_vector 1 0 0\natom 0 0 0 H\n"), HasSubstr("1 lattice_vector lines; expected three"));
  EXPECT_THAT(fault("lattice_vector 1 0 0\nlattice_vector 0 1 0\nlattice_vector 0 0 1\nlattice_vector 0 0 1\n"),
              HasSubstr("line 4: a fourth lattice_vector"));
  EXPECT_THAT(fault("# nothing\n"), HasSubstr("has no atoms"));
}

const std::string kFrame =
    "2\nenergy=-1.5 Lattice=\"5.64 0 0 0 5.64 0 0 0 5.64\" Properties=forces:R:3:species:S:1:tag:I:1:pos:R:3 "
    "pbc=\"T T T\" config=\"a b\"\n.1 .2 .3 Na 7 0 0 0\n.1 .2 .3 Cl 8 2.82 2.82 2.82\n";

TEST(Xyz, ColumnsMayComeInAnyOrder) { expect_salt(structure_in("salt.xyz", kFrame)); }

TEST(Xyz, CellsAreReadInEverySpelling) {
  for (const char* comment : {
           "Lattice=\"5.64 0 0 0 5.64 0 0 0 5.64\"",
           "lattice='5.64 0 0 0 5.64 0 0 0 5.64' pbc=T",
           "Lattice = {5.64 0 0 0 5.64 0 0 0 5.64} pbc = [T, T, T]",
           "Lattice=[[5.64, 0, 0], [0, 5.64, 0], [0, 0, 5.64]] Properties=species:S:1:pos:R:3",
       })
    expect_salt(structure_in("salt.extxyz", std::string("2\n") + comment + "\nNa 0 0 0\nCl 2.82 2.82 2.82\n"));
}

TEST(Xyz, WithoutACellItIsACluster) {
  for (const std::string& comment : {std::string("a comment with \"quotes and =signs"), std::string(),
                                     std::string("Lattice=\"5 0 0 0 5 0 0 0 5\" pbc=\"F F F\"")}) {
    const Structure cluster = structure_in("co.xyz", "2\n" + comment + "\n C 0 0 0\n 8 0 0 1.128 extra\n");
    EXPECT_FALSE(cluster.cell);
    EXPECT_THAT(cluster.species, ElementsAre(6, 8));
    EXPECT_EQ(cluster.positions[1], Eigen::Vector3d(0, 0, 1.128));
  }
}

TEST(Xyz, ASlabRepeatsInAllDirectionsAndThatIsSaid) {
  const Structure slab = structure_in("s.xyz", "1\nLattice=\"3 0 0 0 3 0 0 0 20\" pbc=\"T T F\"\nFe 0 0 0\n");
  EXPECT_TRUE(slab.cell);
  EXPECT_THAT(slab.notes, ElementsAre(HasSubstr("2 of three directions")));
}

TEST(Xyz, ColumnsThatAreNotNeededMayBeMissing) {
  const Structure cluster = structure_in("p.xyz", "1\nProperties=species:S:1:pos:R:3:Z:I:1\nFe 1 2 3\n");
  EXPECT_EQ(cluster.positions[0], Eigen::Vector3d(1, 2, 3));
}

TEST(Xyz, AtomicNumbersStandForSpecies) {
  const Structure cluster = structure_in("z.xyz", "1\nProperties=Z:I:1:pos:R:3\n26 1 2 3\n");
  EXPECT_THAT(cluster.species, ElementsAre(26));
}

TEST(Xyz, FramesComeOneAfterTheOtherAndMayStop) {
  const std::string frames = kFrame + "1\nlast\nHe 0 0 0\n\n3\n\nC 0 0 0\nD 0 0 1\nFE 0 3 0\n \n\n";
  const TextFile file("many.xyz", frames);
  std::vector<int64_t> sizes;
  std::vector<std::string> names;
  read_structures(file.path, [&](Structure structure) {
    sizes.push_back(structure.size());
    names.push_back(structure.name);
    return true;
  });
  EXPECT_THAT(sizes, ElementsAre(2, 1, 3));
  EXPECT_THAT(names, ElementsAre(HasSubstr("many.xyz[0]"), HasSubstr("many.xyz[1]"), HasSubstr("many.xyz[2]")));
  int64_t taken = 0;
  read_structures(file.path, [&](Structure) { return ++taken < 2; });
  EXPECT_EQ(taken, 2);
  expect_salt(read_structure(file.path));
  EXPECT_THAT(structure_in("one.xyz", kFrame).name, ::testing::EndsWith("one.xyz"));
}

TEST(Xyz, WhatIsWrongIsToldWithTheLine) {
  const auto fault = [](const std::string& text) { return error_in("a.xyz", text); };
  EXPECT_THAT(fault("two\n"), HasSubstr("a.xyz', line 1: 'two' begins a frame; expected a count of atoms"));
  EXPECT_THAT(fault("-2\n"), HasSubstr("line 1: '-2' begins a frame"));
  EXPECT_THAT(fault("2"), HasSubstr("line 1: the file ends; expected a comment"));
  EXPECT_THAT(fault("2\n\nC 0 0 0\n"), HasSubstr("line 3: the file ends; expected an atom"));
  EXPECT_THAT(fault("1\n\nC 0 0\n"), HasSubstr("line 3: 3 columns; expected at least 4 for an atom"));
  EXPECT_THAT(fault("1\n\nC 0 0 z\n"), HasSubstr("line 3: 'z' is not a finite number; expected a coordinate"));
  EXPECT_THAT(fault("1\n\nC 0 0 inf\n"), HasSubstr("line 3: 'inf' is not a finite number"));
  EXPECT_THAT(fault("1\n\nUnknown 0 0 0\n"), HasSubstr("line 3: 'Unknown' is no element"));
  EXPECT_THAT(fault("1\n\n119 0 0 0\n"), HasSubstr("line 3: '119' is no element"));
  EXPECT_THAT(fault("1\nLattice=\"1 2 3\"\nC 0 0 0\n"), HasSubstr("line 2: a number is missing; expected nine"));
  EXPECT_THAT(fault("1\nLattice=\"1 2 3 4 5 6 7 8 9 10\"\nC 0 0 0\n"), HasSubstr("more than nine numbers of Lattice"));
  EXPECT_THAT(fault("1\npbc=\"T T T\"\nC 0 0 0\n"), HasSubstr("but there is no Lattice"));
  EXPECT_THAT(fault("1\npbc=\"T maybe T\"\nC 0 0 0\n"), HasSubstr("'maybe' in pbc"));
  EXPECT_THAT(fault("1\npbc=\"T T\"\nC 0 0 0\n"), HasSubstr("pbc has 2 values"));
  EXPECT_THAT(fault("1\nProperties=species:S:1\nC 0 0 0\n"), HasSubstr("expected species:S:1 (or Z:I:1) and pos:R:3"));
  EXPECT_THAT(fault("1\nProperties=species:S\nC 0 0 0\n"), HasSubstr("expected name:type:count"));
  EXPECT_THAT(fault("1\nProperties=species:S:0:pos:R:3\nC 0 0 0\n"), HasSubstr("'species' has '0' columns"));
  EXPECT_THAT(fault("1\nProperties=species:S:1:pos:R:3\nC 0 0 0 1\n"), HasSubstr("more than the 4 columns"));
  EXPECT_THAT(fault("1\n\nC 0 0 0\n2\n\nC 0 0 0\nC 0 0 .01\n"), HasSubstr("a.xyz[1]': atoms 1 and 2 are 0.01 Å apart"));
  EXPECT_THAT(fault("0\n\n"), HasSubstr("has no atoms"));
  EXPECT_THAT(fault("99999999999\n\n"), HasSubstr("line 1: more atoms than the limit"));
  EXPECT_THAT(fault(std::string("1\n\n\x1b[31mC\0 0 0 0\n", 16)), HasSubstr("'?[31mC?' is no element"));
}

TEST(Formats, FilesThatAreNoneAreNamed) {
  EXPECT_THAT(error_in("text.txt", "nothing of this kind\n"),
              HasSubstr("text.txt' is no file of structures that can be read; expected one of: CIF (*.cif), XYZ"));
  EXPECT_THAT(error_in("empty.xyz", ""), HasSubstr("empty.xyz' is empty"));
  EXPECT_THAT(error_of([] { read_structure("/nowhere/POSCAR"); }), HasSubstr("there is no file '/nowhere/POSCAR'"));
  const Folder folder;
  EXPECT_THAT(error_of([&] { read_structure(folder.path); }), HasSubstr("is not a regular file"));
}

TEST(Formats, LimitsHold) {
  const TextFile file("many.xyz", kFrame);
  StructureLimits limits;
  limits.bytes = 50;
  EXPECT_THAT(error_of([&] { read_structure(file.path, limits); }),
              HasSubstr("bytes; the limit structure-bytes is 50"));
  limits = {};
  limits.atoms = 1;
  EXPECT_THAT(error_of([&] { read_structure(file.path, limits); }),
              HasSubstr("more atoms than the limit structure-atoms, which is 1"));
  const TextFile salt("POSCAR", kSalt), aims("geometry.in", "atom 0 0 0 H\natom 0 0 1 H\n");
  EXPECT_THAT(error_of([&] { read_structure(salt.path, limits); }), HasSubstr("structure-atoms, which is 1"));
  EXPECT_THAT(error_of([&] { read_structure(aims.path, limits); }), HasSubstr("structure-atoms, which is 1"));
  EXPECT_THAT(error_in("line.xyz", "1\n" + std::string(3 << 20, 'x') + "\nC 0 0 0\n"),
              HasSubstr("line 2: more than 1048576 bytes without an end of line"));
}

TEST(Formats, LinesMayBeginWithAMarkAndEndAsOnOtherSystems) {
  expect_salt(structure_in("salt.xyz", "\xEF\xBB\xBF" + kFrame));
  std::string windows;
  for (const char c : kSalt) windows += c == '\n' ? std::string("\r\n") : std::string(1, c);
  expect_salt(structure_in("POSCAR", windows));
}

void expect_same(const Structure& one, const Structure& other, double tolerance) {
  EXPECT_EQ(one.species, other.species);
  ASSERT_EQ(one.cell.has_value(), other.cell.has_value());
  if (one.cell) {
    EXPECT_LT((*one.cell - *other.cell).norm(), tolerance);
  }
  ASSERT_EQ(one.positions.size(), other.positions.size());
  for (size_t i = 0; i < one.positions.size(); ++i)
    EXPECT_LT((one.positions[i] - other.positions[i]).norm(), tolerance);
}

TEST(Formats, WhatIsWrittenIsReadAgain) {
  Random random(1);
  const Structure crystal =
      displaced(substituted(supercell(build_prototype("hcp", 12), {3, 3, 2}), .3, random), .1, random);
  const Folder folder;
  for (const char* name : {"a.vasp", "POSCAR", "b.poscar", "c.xyz", "d.extxyz"}) {
    write_structures(folder.path / name, {crystal});
    expect_same(read_structure(folder.path / name), crystal, 1e-12);
  }
  EXPECT_EQ(read_structure(folder.path / "c.xyz").positions, crystal.positions);  // to the last bit
  Structure cluster = crystal;
  cluster.cell.reset();
  write_structures(folder.path / "frames.xyz", {crystal, cluster});
  std::vector<Structure> frames;
  read_structures(folder.path / "frames.xyz", [&](Structure structure) {
    frames.push_back(std::move(structure));
    return true;
  });
  ASSERT_EQ(frames.size(), 2u);
  expect_same(frames[0], crystal, 0x1p-1000);
  expect_same(frames[1], cluster, 0x1p-1000);
}

TEST(Formats, WhatCannotBeWrittenIsSaid) {
  const Folder folder;
  Structure cluster = build_prototype("sc", 84);
  EXPECT_THAT(error_of([&] { write_structures(folder.path / "a.cif", {cluster}); }),
              HasSubstr("names no format that is written; expected one of: XYZ (*.xyz *.extxyz), POSCAR"));
  EXPECT_THAT(error_of([&] {
                write_structures(folder.path / "a.vasp", {cluster, cluster});
              }),
              HasSubstr("holds one structure, not 2"));
  EXPECT_THAT(error_of([&] { write_structures(folder.path / "a.vasp", {}); }), HasSubstr("there is no structure"));
  cluster.cell.reset();
  EXPECT_THAT(error_of([&] { write_structures(folder.path / "a.vasp", {cluster}); }),
              HasSubstr("is a cluster, which a POSCAR cannot hold"));
  EXPECT_THAT(std::vector<int>(std::filesystem::is_empty(folder.path) ? 0 : 1), IsEmpty());
}

TEST(Formats, ColumnsOfAtomsAreWrittenByName) {
  const Structure crystal = build_prototype("bcc", 26);
  std::ostringstream out;
  write_extended_xyz(out, crystal,
                     {{"class", std::vector<std::string>{"bcc", "fcc"}},
                      {"confidence", std::vector<double>{.25, 1}},
                      {"shell", std::vector<int64_t>{8, -1}}});
  EXPECT_THAT(out.str(),
              HasSubstr("Properties=species:S:1:pos:R:3:class:S:1:confidence:R:1:shell:I:1 pbc=\"T T T\"\n"));
  EXPECT_THAT(out.str(), HasSubstr("Fe 0 0 0 bcc 0.25 8\n"));
  expect_same(structure_in("c.xyz", out.str()), crystal, 0x1p-1000);
  const auto fault = [&](const AtomColumn& column) {
    return error_of([&] { write_extended_xyz(out, crystal, {column}); });
  };
  EXPECT_THAT(fault({"a b", std::vector<double>{1, 2}}), HasSubstr("a column of atoms is called 'a b'"));
  EXPECT_THAT(fault({"a", std::vector<double>{1}}), HasSubstr("column a has 1 values for 2 atoms"));
  EXPECT_THAT(fault({"a", std::vector<std::string>{"x", "y z"}}), HasSubstr("has the value 'y z'; expected one word"));
}

TEST(Formats, EveryOneIsDescribed) {
  for (const StructureFormat* format : structure_formats()) {
    EXPECT_FALSE(format->name.empty() || format->files.empty() || format->summary.empty());
    EXPECT_NE(format->recognises, nullptr);
    EXPECT_NE(format->read, nullptr);
  }
}

}  // namespace
}  // namespace limpid::testing
