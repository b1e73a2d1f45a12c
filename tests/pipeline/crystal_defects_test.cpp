// SPDX-License-Identifier: Apache-2.0
#include <nlohmann/json.hpp>

#include "limpid/crystal/formats.h"
#include "limpid/crystal/neighbours.h"
#include "limpid/crystal/prototypes.h"
#include "limpid/pipeline/crystal.h"
#include "support/files.h"

namespace limpid::testing {
namespace {
namespace fs = std::filesystem;
using nlohmann::json;
using ::testing::ElementsAre;
using ::testing::HasSubstr;

/// Of a file with one bcc iron crystal in it.
struct Iron {
  Folder folder;
  DefectRequest request;

  Iron() {
    request.input = (folder.path / "Fe.vasp").string();
    request.output = (folder.path / "out.xyz").string();
    write_structures(request.input, {build_prototype("bcc", 26)});
  }
};

std::vector<Structure> structures_in(const fs::path& path) {
  std::vector<Structure> all;
  read_structures(path, [&](Structure structure) {
    all.push_back(std::move(structure));
    return true;
  });
  return all;
}

TEST(MakeDefects, WhatTheDocumentTellsIsInTheFile) {
  Iron iron;
  iron.request.supercell = "4x3x2";
  iron.request.vacancies = .25;
  iron.request.substitutions = .5;
  iron.request.interstitials = .1;
  iron.request.displacement = .02;
  iron.request.rotation = true;
  iron.request.copies = 3;
  const json document = json::parse(make_defects(iron.request, true));
  const std::vector<Structure> made = structures_in(iron.request.output);
  ASSERT_EQ(made.size(), 3u);
  for (size_t i = 0; i < 3; ++i) {
    const json& told = document["structures"][i];
    EXPECT_EQ(told["atoms_before"], 48);
    EXPECT_EQ(told["vacancies"], 12);
    EXPECT_EQ(told["substitutions"], 18);  // of the 36 that are left
    EXPECT_EQ(told["interstitials"], 3);
    EXPECT_EQ(told["atoms"], 39);
    EXPECT_EQ(told["copy"], i);
    EXPECT_EQ(made[i].size(), 39);
    EXPECT_GE(std::count(made[i].species.begin(), made[i].species.end(), 26), 15);
    // The rotation is the one by which the cell was turned.
    Eigen::Matrix3d rotation;
    for (int row = 0; row < 3; ++row)
      for (int column = 0; column < 3; ++column) rotation(row, column) = told["rotation"][row][column];
    Eigen::Matrix3d cell = Eigen::Vector3d(4, 3, 2).asDiagonal() * *build_prototype("bcc", 26).cell;
    EXPECT_LT((*made[i].cell - cell * rotation.transpose()).norm(), 1e-9);
  }
  EXPECT_NE(made[0].positions, made[1].positions);
  EXPECT_EQ(document["input"]["sha256"], sha256_of_file(iron.request.input));
  EXPECT_EQ(document["recipe"]["vacancies"], .25);
}

TEST(MakeDefects, AVariantDoesNotDependOnHowManyThereAre) {
  Iron iron;
  iron.request.supercell = "3";
  iron.request.displacement = .1;
  iron.request.copies = 3;
  make_defects(iron.request, false);
  const std::vector<Structure> three = structures_in(iron.request.output);
  iron.request.copies = 1;
  make_defects(iron.request, false);
  EXPECT_EQ(structures_in(iron.request.output)[0].positions, three[0].positions);
  iron.request.seed = 1;
  make_defects(iron.request, false);
  EXPECT_NE(structures_in(iron.request.output)[0].positions, three[0].positions);
}

TEST(MakeDefects, EveryFrameIsTaken) {
  Iron iron;
  iron.request.input = (iron.folder.path / "in.xyz").string();
  write_structures(iron.request.input, {build_prototype("bcc", 26), build_prototype("fcc", 29)});
  iron.request.copies = 2;
  const json document = json::parse(make_defects(iron.request, true));
  const std::vector<Structure> made = structures_in(iron.request.output);
  ASSERT_EQ(made.size(), 4u);
  EXPECT_EQ(made[1].species[0], 26);
  EXPECT_EQ(made[2].species[0], 29);
  EXPECT_THAT(document["structures"][3]["source"], HasSubstr("in.xyz[1]"));
  EXPECT_EQ(document["structures"][3]["frame"], 1);
}

TEST(MakeDefects, AFolderGetsAFileForEach) {
  Iron iron;
  iron.request.output = (iron.folder.path / "many").string();
  iron.request.copies = 2;
  const std::string said = make_defects(iron.request, false);
  EXPECT_THAT(said, HasSubstr("Fe.0.vasp: 2 atoms of 2"));
  EXPECT_EQ(read_structure(iron.folder.path / "many" / "Fe.1.vasp").size(), 2);
}

TEST(MakeDefects, StrainIsAppliedToTheStandardCell) {
  Iron iron;
  iron.request.standard = true;
  iron.request.strain = {.01, 0, 0, 0, 0, .02};
  make_defects(iron.request, false);
  const double a = build_prototype("bcc", 26).cell->row(0).norm();
  const Eigen::Matrix3d cell = *read_structure(iron.request.output).cell;
  EXPECT_TRUE(cell.row(0).isApprox(a * Eigen::RowVector3d(1.01, .02, 0), 1e-9));
  EXPECT_TRUE(cell.row(1).isApprox(a * Eigen::RowVector3d(.02, 1, 0), 1e-9));
  EXPECT_TRUE(cell.row(2).isApprox(a * Eigen::RowVector3d(0, 0, 1), 1e-9));
}

TEST(MakeDefects, InterstitialsKeepHalfOfTheNearestDistanceWhereNoneIsTold) {
  Iron iron;
  iron.request.atoms = 200;
  iron.request.interstitials = .05;
  make_defects(iron.request, false);
  const Structure made = read_structure(iron.request.output);
  EXPECT_EQ(made.size(), 200 + 10);
  const std::vector<double> distances = nearest_distances(made);
  EXPECT_GE(*std::min_element(distances.begin(), distances.end()), atomic_radius(26) - 1e-9);
}

TEST(MakeDefects, ImpossibleRequestsAreRefused) {
  const auto fault = [](const std::function<void(DefectRequest&)>& change) {
    Iron iron;
    change(iron.request);
    return error_of([&] { make_defects(iron.request, false); });
  };
  EXPECT_THAT(fault([](DefectRequest& r) { r.output.clear(); }), HasSubstr("no output is named"));
  EXPECT_THAT(fault([](DefectRequest& r) { r.copies = 0; }), HasSubstr("the number of copies is 0"));
  EXPECT_THAT(fault([](DefectRequest& r) { r.supercell = "2x2"; }), HasSubstr("the supercell is '2x2'"));
  EXPECT_THAT(fault([](DefectRequest& r) { r.supercell = "0"; }), HasSubstr("the supercell is '0'"));
  EXPECT_THAT(fault([](DefectRequest& r) { r.supercell = "2", r.atoms = 9; }), HasSubstr("expected one of the two"));
  EXPECT_THAT(fault([](DefectRequest& r) { r.atoms = -1; }), HasSubstr("the number of atoms is -1"));
  EXPECT_THAT(fault([](DefectRequest& r) { r.strain = {1, 2}; }), HasSubstr("the strain has 2 numbers"));
  EXPECT_THAT(fault([](DefectRequest& r) { r.vacancies = 1; }), HasSubstr("leaves none of 2 atoms"));
  EXPECT_THAT(fault([](DefectRequest& r) { r.displacement = -1; }), HasSubstr("displacements of -1"));
  EXPECT_THAT(fault([](DefectRequest& r) { r.limits = {"structure-atoms=1"}; }), HasSubstr("structure-atoms"));
}

TEST(MakePrototype, PrintsWritesAndLists) {
  const Folder folder;
  PrototypeRequest request{"hcp", "Mg"};
  EXPECT_THAT(make_prototype(request, false), HasSubstr(" Mg\n 2\nDirect\n"));
  request.output = (folder.path / "Mg.vasp").string();
  const json document = json::parse(make_prototype(request, true));
  const Structure crystal = read_structure(request.output);
  EXPECT_NEAR(document["a"], crystal.cell->row(0).norm(), 1e-9);
  EXPECT_NEAR(nearest_distances(crystal)[0], document["nearest_distance"], 1e-9);
  EXPECT_EQ(json::parse(make_prototype({}, true))["prototypes"].size(), prototypes().size());
  for (const Prototype& one : prototypes()) EXPECT_THAT(make_prototype({}, false), HasSubstr(one.name));
  EXPECT_THAT(error_of([] { make_prototype({"bcc", ""}, false); }), HasSubstr("no element is named"));
}

}  // namespace
}  // namespace limpid::testing
