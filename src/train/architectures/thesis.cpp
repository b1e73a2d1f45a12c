// SPDX-License-Identifier: Apache-2.0
// The networks of the thesis's studies (kumar2020). Its tables for anatomy and sequencing cells could not be had: those
// three are reconstructions from what its text states.
#include "train/architectures.h"

namespace limpid {
namespace {

Network build_shallow(const ArchitectureSize& size, const Options& options) {
  Builder net(size, options);
  net.conv(16, 5).relu().pool().conv(32, 5).relu().pool().gap().classes();
  return net.network();
}

Network build_deep(const ArchitectureSize& size, const Options& options) {
  Builder net(size, options);
  net.conv(32, 3).relu().conv(32, 3).relu().pool().conv(64, 3).relu().conv(64, 3).relu().pool();
  net.conv(128, 3).relu().conv(128, 3).relu().class_kernels().gap();
  return net.network();
}

Builder& sequencing_cell(Builder& net, int64_t units) {
  return net.conv(units, 3).relu().conv(units, 3).relu().conv(units, 1).relu().pool();
}

Network build_sisc(const ArchitectureSize& size, const Options& options) {
  const Width width(options);
  const double dropout = options.number("dropout");
  Builder net(size, options);
  sequencing_cell(net, width.times(1)).dropout(dropout);
  sequencing_cell(net, width.times(2)).dropout(dropout);
  sequencing_cell(net, width.times(4)).class_kernels().gap();
  return net.network();
}

Network build_crystal(const ArchitectureSize& size, const Options& options) {
  Builder net(size, options);
  net.conv(32, 7).relu().conv(32, 7).relu().pool().conv(16, 7).relu().conv(16, 7).relu().pool();
  net.conv(8, 7).relu().conv(8, 7).relu().dropout(options.number("dropout"));
  net.flatten().dense(128).relu().norm(1e-3, 0.01).classes();
  return net.network();
}

}  // namespace

const Architecture anatomy_shallow = {"anatomy-shallow",
                                      "two 5x5 convolutions, mean over space, dense (a reconstruction)",
                                      "kumar2020",
                                      {init_option()},
                                      build_shallow};

const Architecture anatomy_deep = {"anatomy-deep",
                                   "six 3x3 convolutions, one kernel a class, mean over space (a reconstruction)",
                                   "kumar2020",
                                   {init_option()},
                                   build_deep};

const Architecture sisc = {
    "sisc",
    "three stacked sequencing cells, one kernel a class, mean over space (a reconstruction)",
    "kumar2020",
    {width_option("32", "channels of the first cell, doubled twice"), dropout_option("0.25"), init_option()},
    build_sisc};

const Architecture crystal = {"crystal",
                              "six 7x7 convolutions and two dense layers for diffraction fingerprints",
                              "ziletti2018",
                              {dropout_option("0.25"), init_option("orthogonal")},
                              build_crystal};

}  // namespace limpid
