// SPDX-License-Identifier: Apache-2.0
// Real crystals: elemental prototypes with the space groups that others found, DFT-relaxed unaries, measured particles.
#include <fstream>

#include "crystal/crystals.h"
#include "limpid/crystal/formats.h"
#include "limpid/crystal/neighbours.h"
#include "limpid/crystal/prototypes.h"
#include "limpid/crystal/symmetry.h"
#include "limpid/data/csv.h"

namespace limpid::testing {
namespace {
namespace fs = std::filesystem;

std::vector<fs::path> files_in(const fs::path& folder) {
  std::vector<fs::path> files;
  for (const auto& entry : fs::recursive_directory_iterator(folder))
    if (entry.path().extension() == ".vasp") files.push_back(entry.path());
  std::sort(files.begin(), files.end());
  return files;
}

/// "W-BCC.vasp" → W and 229.
std::pair<std::string, int> element_and_group(const fs::path& file) {
  const std::string stem = file.stem().string(), kind = stem.substr(stem.find('-') + 1);
  const std::map<std::string, int> groups = {{"SC", 221}, {"BCC", 229}, {"FCC", 225}, {"Diamond", 227}};
  return {stem.substr(0, stem.find('-')), groups.at(kind)};
}

TEST(RealCrystals, PrototypesHaveTheSpaceGroupOfTheirLabel) {
  LIMPID_NEEDS_REAL_CRYSTALS();
  const fs::path folder = real_crystals() / "prototypes";
  const auto rows = csv_rows(read_file(folder / "manifest.csv", 1 << 20), "manifest.csv");
  ASSERT_EQ(rows[0][4], "sg_label");
  size_t checked = 0;
  for (size_t i = 1; i < rows.size(); ++i) {
    const std::string& stem = rows[i][0];
    const fs::path file = folder / stem;
    const int expected = std::stoi(rows[i][4]);
    const Structure crystal = read_structure(file);
    EXPECT_EQ(find_space_group(crystal)->number, expected) << stem;
    EXPECT_EQ(find_space_group(*standard_cell(crystal))->number, expected) << stem;
    EXPECT_EQ(find_space_group(niggli_cell(crystal))->number, expected) << stem;
    ++checked;
  }
  EXPECT_EQ(checked, 27u);
}

TEST(RealCrystals, UnariesHaveTheirSpaceGroupAndComeBackFromEveryFormat) {
  LIMPID_NEEDS_REAL_CRYSTALS();
  const Folder folder;
  const std::vector<fs::path> files = files_in(real_crystals() / "unaries");
  EXPECT_EQ(files.size(), 796u);
  for (const fs::path& file : files) {
    const Structure crystal = read_structure(file);
    const auto [element, group] = element_and_group(file);
    EXPECT_EQ(crystal.species[0], atomic_number(element));
    EXPECT_EQ(find_space_group(crystal)->number, group) << file;
    write_structures(folder.path / "a.xyz", {crystal});
    const Structure framed = read_structure(folder.path / "a.xyz");
    EXPECT_EQ(framed.positions, crystal.positions);
    EXPECT_EQ(*framed.cell, *crystal.cell);
    write_structures(folder.path / "a.vasp", {framed});
    const Structure back = read_structure(folder.path / "a.vasp");
    EXPECT_EQ(back.species, crystal.species);
    EXPECT_LT((*back.cell - *crystal.cell).norm(), 1e-12);
    for (size_t i = 0; i < crystal.positions.size(); ++i)
      EXPECT_LT((back.positions[i] - crystal.positions[i]).norm(), 1e-12);
  }
}

TEST(RealCrystals, RadiiAreNearThoseOfTheClosestPackedUnaries) {
  LIMPID_NEEDS_REAL_CRYSTALS();
  for (const fs::path& file : files_in(real_crystals() / "unaries" / "PBE-v1")) {
    const auto [element, group] = element_and_group(file);
    const int species = atomic_number(element);
    if (group != 225 || species > 94) continue;
    const double half = nearest_distances(read_structure(file))[0] / 2;
    EXPECT_NEAR(atomic_radius(species) / half, 1, .3) << element << " " << half;
  }
}

TEST(RealCrystals, MeasuredAndModelledParticlesAreRead) {
  LIMPID_NEEDS_REAL_CRYSTALS();
  const Structure particle = read_structure(real_crystals() / "aet" / "Fig_4_AET_2017_data.xyz");
  EXPECT_EQ(particle.size(), 23'196);
  EXPECT_EQ(std::count(particle.species.begin(), particle.species.end(), 78), 16'627);
  EXPECT_FALSE(particle.cell);
  const fs::path folder = real_crystals() / "polycrystal";
  EXPECT_EQ(read_structure(folder / "Fig_2_four_grains_elemental_solid.xyz").size(), 9'087);
  EXPECT_EQ(read_structure(folder / "Fig_2_four_grains_elemental_solid_distorted.xyz").size(), 7'270);
}

}  // namespace
}  // namespace limpid::testing
