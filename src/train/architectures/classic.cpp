// SPDX-License-Identifier: Apache-2.0
// Networks known from the literature, in sizes for small pictures.
#include "train/architectures.h"

namespace limpid {
namespace {

Network build_all_cnn(const ArchitectureSize& size, const Options& options) {
  const Width width(options);
  const double dropout = options.number("dropout");
  Builder net(size, options);
  const auto conv = [&net, with_norm = options.is("norm", "batch")](int64_t units, int64_t kernel) {
    net.conv(units, kernel);
    if (with_norm) net.norm();
    net.relu();
  };
  for (const int64_t units : {width.times(1), width.times(2)}) {
    for (int i = 0; i < 3; ++i) conv(units, 3);
    net.pool(3).dropout(dropout);
  }
  conv(width.times(2), 3);
  conv(width.times(2), 1);
  net.class_kernels().gap();
  return net.network();
}

Network build_gap_cnn(const ArchitectureSize& size, const Options& options) {
  const Width width(options);
  Builder net(size, options);
  for (const double factor : {1, 2}) net.conv(width.times(factor), 3).relu().pool();
  net.conv(width.times(4), 3).relu().gap().classes();
  return net.network();
}

Network build_lenet(const ArchitectureSize& size, const Options& options) {
  const Width width(options);
  Builder net(size, options);
  for (const double factor : {1., 8. / 3}) net.conv(width.times(factor), 5).relu().pool();
  net.flatten().dense(width.times(20)).relu().dense(width.times(14)).relu().classes();
  return net.network();
}

Network build_vgg_small(const ArchitectureSize& size, const Options& options) {
  const Width width(options);
  Builder net(size, options);
  for (const int64_t units : {width.times(1), width.times(2), width.times(4)})
    net.conv(units, 3).norm().relu().conv(units, 3).norm().relu().pool();
  net.flatten().dense(width.times(8)).relu().dropout(options.number("dropout")).classes();
  return net.network();
}

/// Two convolutions and the way around them, by a 1x1 convolution where the shape changes.
void residual_block(Builder& net, int64_t units, int64_t stride) {
  const int before = net.here();
  const bool same = stride == 1 && net.channels() == units;
  const int shortcut = same ? before : net.conv(units, 1, stride).norm().here();
  net.from(before).conv(units, 3, stride).norm().relu().conv(units, 3).norm().add(shortcut).relu();
}

Network build_resnet_small(const ArchitectureSize& size, const Options& options) {
  const Width width(options);
  const int64_t blocks = options.integer("blocks", 1);
  Builder net(size, options);
  net.conv(width.times(1), 3).norm().relu();
  for (const int64_t stage : {1, 2, 4})
    for (int64_t block = 0; block < blocks; ++block)
      residual_block(net, width.times(static_cast<double>(stage)), block == 0 && stage > 1 ? 2 : 1);
  net.gap().classes();
  return net.network();
}

}  // namespace

const Architecture all_cnn = {
    "all-cnn",
    "nine convolutions, max pooling, one kernel a class, mean over space: what CLEAR explains",
    "springenberg2015, kumar2017",
    {width_option("96", "channels of the first stage, half of the second's"),
     dropout_option("0.5"),
     {"norm", "none", "batch: batch normalisation behind each convolution but the last", {"none", "batch"}},
     init_option()},
    build_all_cnn};

const Architecture gap_cnn = {"gap-cnn",
                              "three 3x3 convolutions, mean over space, dense",
                              "lin2014, zhou2016",
                              {width_option("32", "channels of the first convolution, doubled twice"), init_option()},
                              build_gap_cnn};

const Architecture lenet = {"lenet",
                            "two 5x5 convolutions and three dense layers, with ReLU and max pooling",
                            "lecun1998",
                            {width_option("6", "channels of the first convolution"), init_option()},
                            build_lenet};

const Architecture vgg_small = {
    "vgg-small",
    "three stages of two 3x3 convolutions with batch normalisation, two dense layers",
    "simonyan2015",
    {width_option("32", "channels of the first stage, doubled twice"), dropout_option("0.5"), init_option()},
    build_vgg_small};

const Architecture resnet_small = {"resnet-small",
                                   "three stages of residual blocks with batch normalisation, mean over space, dense",
                                   "he2016",
                                   {width_option("16", "channels of the first stage, doubled twice"),
                                    whole_option("blocks", "2", "of each stage"), init_option()},
                                   build_resnet_small};

}  // namespace limpid
