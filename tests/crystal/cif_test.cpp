// SPDX-License-Identifier: Apache-2.0
#include "crystal/crystals.h"
#include "crystal/formats/symmetry_operations.h"
#include "crystal/read_text.h"
#include "limpid/crystal/neighbours.h"
#include "limpid/crystal/symmetry.h"

namespace limpid::testing {
namespace {
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

std::string cell(double a, double c, double gamma) {
  std::ostringstream text;
  text << "_cell_length_a " << a << "(2)\n_cell_length_b " << a << "\n_cell_length_c " << c
       << "\n_cell_angle_alpha 90\n_cell_angle_beta 90\n_cell_angle_gamma " << gamma << "\n";
  return text.str();
}

const std::string kAtoms = "loop_\n_atom_site_label\n_atom_site_fract_x\n_atom_site_fract_y\n_atom_site_fract_z\n";
const std::string kOccupied =
    "loop_\n_atom_site_label\n_atom_site_type_symbol\n_atom_site_fract_x\n_atom_site_fract_y\n_atom_site_fract_z\n"
    "_atom_site_occupancy\n";

std::string crystal(const std::string& symmetry, const std::string& cell, const std::string& atoms) {
  return "# made for a test\ndata_test\n" + cell + symmetry + "\n" + atoms;
}

Structure read(const std::string& symmetry, const std::string& cell, const std::string& atoms) {
  return structure_in("a.cif", crystal(symmetry, cell, atoms));
}

const std::string kCubic = cell(5.64, 5.64, 90), kHexagonal = cell(3.2, 5.2, 120);

TEST(Cif, SymmetryMakesAllAtomsOfTheCell) {
  const std::string atoms = kAtoms + "Na1 0 0 0\nCl1 0.5 0.5 0.5(0)\n";
  for (const char* symmetry :
       {"_symmetry_space_group_name_H-M 'F m -3 m'", "_space_group_name_H-M_alt 'Fm-3m'", "_space_group_IT_number 225",
        "_symmetry_Int_Tables_number 225", "_space_group_name_Hall '-F 4 2 3'"}) {
    const Structure salt = read(symmetry, kCubic, atoms);
    EXPECT_EQ(salt.size(), 8) << symmetry;
    EXPECT_EQ(std::count(salt.species.begin(), salt.species.end(), 11), 4);
    EXPECT_EQ(find_space_group(salt)->number, 225);
    EXPECT_NEAR(nearest_distances(salt)[0], 2.82, 1e-9);
    EXPECT_THAT(salt.notes, IsEmpty());
  }
}

TEST(Cif, ListedOperationsComeBeforeNames) {
  const std::string list =
      "_space_group_name_H-M_alt 'P 1'\nloop_\n_symmetry_equiv_pos_as_xyz\nx,y,z\n'x+1/2, y+1/2, z'\n"
      "x+1/2,y,z+1/2\n'X,1/2+Y,.5+Z'\n";
  const Structure copper = read(list, cell(3.61, 3.61, 90), kAtoms + "Cu1 0 0 0\n");
  EXPECT_EQ(copper.size(), 4);
  EXPECT_EQ(find_space_group(copper)->number, 225);
}

TEST(Cif, RoundedCoordinatesOnSymmetryElementsAreOneAtom) {
  const Structure magnesium = read("_space_group_IT_number 194", kHexagonal, kAtoms + "Mg1 0.3333 0.6667 0.25\n");
  ASSERT_EQ(magnesium.size(), 2);
  EXPECT_EQ(find_space_group(magnesium, {1e-5, 5})->number, 194);  // put back in the middle
}

TEST(Cif, RhombohedralCellsHaveTheirOwnOperations) {
  const std::string rhombohedral =
      "_cell_length_a 3\n_cell_length_b 3\n_cell_length_c 3\n_cell_angle_alpha 70\n_cell_angle_beta 70\n"
      "_cell_angle_gamma 70\n";
  for (const char* symmetry : {"_space_group_IT_number 166", "_symmetry_space_group_name_H-M 'R -3 m'"}) {
    EXPECT_EQ(read(symmetry, rhombohedral, kAtoms + "Hg1 0 0 0\n").size(), 1);
    EXPECT_EQ(read(symmetry, kHexagonal, kAtoms + "Hg1 0 0 0\n").size(), 3);
    EXPECT_EQ(find_space_group(read(symmetry, rhombohedral, kAtoms + "Hg1 0 0 0\n"))->number, 166);
  }
}

TEST(Cif, ACellIsLaidWithAAlongX) {
  const std::string triclinic =
      "_cell_length_a 4\n_cell_length_b 5\n_cell_length_c 6\n_cell_angle_alpha 80\n_cell_angle_beta 95\n"
      "_cell_angle_gamma 105\n";
  const Eigen::Matrix3d made = *read("_space_group_IT_number 1", triclinic, kAtoms + "C 0 0 0\n").cell;
  const auto degrees = [&](int i, int j) {
    return std::acos(made.row(i).dot(made.row(j)) / made.row(i).norm() / made.row(j).norm()) * 180 / M_PI;
  };
  EXPECT_NEAR(made.row(0).norm(), 4, 1e-12);
  EXPECT_NEAR(made.row(1).norm(), 5, 1e-12);
  EXPECT_NEAR(made.row(2).norm(), 6, 1e-12);
  EXPECT_NEAR(degrees(1, 2), 80, 1e-9);
  EXPECT_NEAR(degrees(0, 2), 95, 1e-9);
  EXPECT_NEAR(degrees(0, 1), 105, 1e-9);
  EXPECT_EQ(made(0, 1), 0);
  EXPECT_EQ(made(1, 2), 0);
}

TEST(Cif, WithoutSymmetryTheListedAtomsAreTakenAndThatIsSaid) {
  const Structure atoms = read("", kCubic, kAtoms + "Na1 0 0 0\nCl1 .5 .5 .5\n");
  EXPECT_EQ(atoms.size(), 2);
  EXPECT_THAT(atoms.notes, ElementsAre(HasSubstr("tells no symmetry")));
}

TEST(Cif, OfTwoOriginsTheFirstIsTakenAndThatIsSaid) {
  const Structure diamond = read("_space_group_IT_number 227", cell(3.567, 3.567, 90), kAtoms + "C1 0 0 0\n");
  EXPECT_EQ(diamond.size(), 8);
  EXPECT_EQ(find_space_group(diamond)->number, 227);
  EXPECT_THAT(diamond.notes, ElementsAre(HasSubstr("origin choice 1")));
  EXPECT_EQ(read("_symmetry_space_group_name_H-M 'F d -3 m :2'", cell(3.567, 3.567, 90), kAtoms + "C1 .125 .125 .125\n")
                .size(),
            8);
}

TEST(Cif, APositionThatIsSharedGetsTheMostFrequentSpecies) {
  const Structure alloy =
      read("_space_group_IT_number 225", cell(3.8, 3.8, 90), kOccupied + "A Fe 0 0 0 .4\nB Pt 0 0 0 .6\n");
  EXPECT_THAT(alloy.species, ElementsAre(78, 78, 78, 78));
  EXPECT_THAT(alloy.notes, ElementsAre("4 positions shared by several species: the most frequent one is taken"));
  const Structure equal =
      read("_space_group_IT_number 229", cell(2.9, 2.9, 90), kOccupied + "A Fe 0 0 0 .5\nB Co 0 0 0 .5\n");
  EXPECT_THAT(equal.species, ElementsAre(26, 26));
}

TEST(Cif, APositionOccupiedByLessThanHalfIsEmpty) {
  const Structure hydride =
      read("_space_group_IT_number 225", cell(4, 4, 90), kOccupied + "A Pd 0 0 0 1.0\nB H .5 .5 .5 .49(1)\n");
  EXPECT_THAT(hydride.species, ElementsAre(46, 46, 46, 46));
  EXPECT_THAT(hydride.notes, ElementsAre("4 positions occupied by less than half: taken as empty"));
  EXPECT_EQ(read("_space_group_IT_number 225", cell(4, 4, 90), kOccupied + "A Pd 0 0 0 ?\nB H .5 .5 .5 .5\n").size(),
            8);
}

TEST(Cif, OfPositionsThatExcludeEachOtherTheMoreOccupiedIsTaken) {
  const Structure split =
      read("_space_group_IT_number 1", kCubic, kOccupied + "A O 0 0 0 .5\nB O 0 0 .08 .5\nC Na .5 .5 .5 1\n");
  EXPECT_THAT(split.species, ElementsAre(8, 11));
  EXPECT_LT(split.positions[0].norm(), 1e-9);
  EXPECT_THAT(split.notes, ElementsAre("1 position too close to one that is occupied more: taken as empty"));
}

TEST(Cif, SpeciesAreReadFromLabelsWhereThereAreNoTypes) {
  const Structure atoms =
      read("_space_group_IT_number 1", kCubic, kAtoms + "Na1 0 0 0\nOW2 .5 0 0\nCL .5 .5 0\nC1A .5 .5 .5\nD3 0 0 .5\n");
  EXPECT_THAT(atoms.species, ElementsAre(11, 8, 17, 6, 1));
  const Structure ions = read("_space_group_IT_number 1", kCubic, kOccupied + "X1 Fe3+ 0 0 0 1\nX2 O2- .5 .5 .5 1\n");
  EXPECT_THAT(ions.species, ElementsAre(26, 8));
}

TEST(Cif, AtomsWithoutCoordinatesAreLeftOutAndThatIsSaid) {
  const Structure atoms = read("_space_group_IT_number 1", kCubic, kAtoms + "Na1 0 0 0\nH1 ? ? ?\nH2 . . .\n");
  EXPECT_EQ(atoms.size(), 1);
  EXPECT_THAT(atoms.notes, ElementsAre("2 atoms without coordinates are left out"));
}

TEST(Cif, EveryBlockWithAtomsIsACrystal) {
  const std::string one = crystal("_space_group_IT_number 229", cell(2.87, 2.87, 90), kAtoms + "Fe 0 0 0\n");
  const TextFile file(
      "two.cif", "data_global\n_publ_author me\n" + one + "\n" + "data_other" + one.substr(one.find("data_test") + 9));
  std::vector<std::string> names;
  read_structures(file.path, [&](const Structure& structure) {
    EXPECT_EQ(structure.size(), 2);
    names.push_back(structure.name);
    return true;
  });
  EXPECT_THAT(names, ElementsAre(HasSubstr("two.cif[0]"), HasSubstr("two.cif[1]")));
}

TEST(Cif, WhatIsWrongIsToldWithTheLine) {
  const auto fault = [](const std::string& symmetry, const std::string& cell, const std::string& atoms) {
    return error_in("a.cif", crystal(symmetry, cell, atoms));
  };
  const std::string one = "_space_group_IT_number 1", iron = kAtoms + "Fe 0 0 0\n";
  EXPECT_THAT(error_in("a.cif", "data_x\n_cell_length_a\n"), HasSubstr("a.cif', line "));
  EXPECT_THAT(error_in("a.cif", "data_x\nloop_\n_a\n_b\n1 2 3\n"), HasSubstr("Wrong number of values in the loop"));
  EXPECT_THAT(error_in("a.cif", "data_x\n_a 1\n_a 2\n"), HasSubstr("a.cif', line 3 in data_x: duplicate tag _a"));
  EXPECT_THAT(error_in("a.cif", "data_x\n_a 1\n"), HasSubstr("has no block with atoms"));
  EXPECT_THAT(error_in("a.cif", "nonsense\n"), HasSubstr("a.cif', line 1"));
  EXPECT_THAT(fault(one, "_cell_length_a 3\n", iron), HasSubstr("_cell_angle_alpha is missing"));
  EXPECT_THAT(fault(one, cell(-3, 3, 90), iron),
              HasSubstr("line 3: _cell_length_a is '-3(2)'; expected a number above"));
  EXPECT_THAT(fault(one, cell(3, 3, 180), iron), HasSubstr("line 8: three vectors cannot be at these angles"));
  EXPECT_THAT(fault("_space_group_IT_number 231", kCubic, iron), HasSubstr("line 9: '231' is no space group"));
  EXPECT_THAT(fault("_space_group_name_H-M_alt 'P q'", kCubic, iron), HasSubstr("'P q' is no space group"));
  EXPECT_THAT(fault("loop_\n_symmetry_equiv_pos_as_xyz\nx,y,x", kCubic, iron),
              HasSubstr("line 9: 'x,y,x' is no symmetry operation"));
  EXPECT_THAT(fault(one, kCubic, kAtoms + "Fe 0 0 zero\n"), HasSubstr("atom 'Fe' has the coordinate 'zero'"));
  EXPECT_THAT(fault(one, kCubic, kAtoms + "Qq1 0 0 0\n"), HasSubstr("atom 'Qq1' is of no element"));
  EXPECT_THAT(fault(one, kCubic, kOccupied + "Fe Fe 0 0 0 2\n"), HasSubstr("has the occupancy '2'"));
  EXPECT_THAT(fault(one, kCubic, kAtoms + "Fe 0 0 0\nCo 0 0 .001\n"), HasSubstr("atoms 1 and 2 are 0.00564 Å apart"));
  const TextFile file("a.cif", crystal("_space_group_IT_number 225", kCubic, iron));
  StructureLimits limits;
  limits.atoms = 3;
  EXPECT_THAT(error_of([&] { read_structure(file.path, limits); }),
              HasSubstr("more atoms than the limit structure-atoms, which is 3"));
}

TEST(SymmetryOperations, TextIsReadAsMatrices) {
  const auto operation = parse_operation(" -y , x-y, z + 1/3 ");
  ASSERT_TRUE(operation);
  EXPECT_EQ(operation->rotation, (Eigen::Matrix3d() << 0, -1, 0, 1, -1, 0, 0, 0, 1).finished());
  EXPECT_TRUE(operation->translation.isApprox(Eigen::Vector3d(0, 0, 1. / 3)));
  EXPECT_TRUE(parse_operation("X,Y,Z")->rotation.isIdentity());
  EXPECT_EQ(parse_operation("1/2+x,.25-y,-1*z+0.75")->translation, Eigen::Vector3d(.5, .25, .75));
  for (const char* text : {"", "x,y", "x,y,z,w", "x,y,y", "x,y,", "x y z", "x,y,z/2", "x,y,2z", "x,y,z+1/0", "x,y,z+",
                           "x,y,zz", "a,b,c", "x,y,z+1e400", "x,y,-z+99999999999999999999", "x,y,--z"})
    EXPECT_FALSE(parse_operation(text)) << text;
}

}  // namespace
}  // namespace limpid::testing
