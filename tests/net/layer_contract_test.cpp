// SPDX-License-Identifier: Apache-2.0
// What every layer type promises: its forward pass treats images apart, its adjoint is the transpose of its Jacobian.
#include <torch/csrc/autograd/autograd.h>

#include <map>

#include "limpid/net/layer.h"
#include "limpid/net/operator.h"
#include "support/layer_examples.h"

namespace limpid {

void PrintTo(const LayerExample& example, std::ostream* out) { *out << example.name; }

namespace {

constexpr int64_t kImages = 3, kSeeds = 2;

struct Pass {
  std::vector<Tensor> inputs;
  Tensor output, memory;
};

Pass run(const Layer& layer, std::vector<Tensor> inputs) {
  Pass pass{std::move(inputs), {}, {}};
  pass.output = layer.type->forward(layer, pass.inputs, &pass.memory);
  return pass;
}

std::vector<Tensor> walk(const Layer& layer, const Pass& pass, const Tensor& signal, int64_t seeds) {
  return layer.type->adjoint(layer)({pass.inputs, pass.output, pass.memory, signal, seeds});
}

Tensor signal_for(const Tensor& output, int64_t seeds) {
  Shape shape = output.sizes().vec();
  shape[0] *= seeds;
  return dense(normal_noise(shape, 99).to(output.scalar_type()));
}

double distance(const Tensor& a, const Tensor& b) {
  if (a.sizes() != b.sizes()) return std::numeric_limits<double>::infinity();
  return a.numel() == 0 ? 0 : (a - b).abs().max().item<double>();
}

class EveryLayer : public ::testing::TestWithParam<LayerExample> {
 protected:
  const Layer& layer() const { return GetParam().layer; }
  std::vector<Tensor> inputs(int64_t images = kImages) const { return example_inputs(GetParam(), images); }
};

TEST_P(EveryLayer, TreatsImagesOfABatchApart) {
  const Pass batch = run(layer(), inputs());
  ASSERT_EQ(batch.output.size(0), kImages);
  for (int64_t image = 0; image < kImages; ++image) {
    std::vector<Tensor> one;
    for (const Tensor& input : batch.inputs) one.push_back(dense(input.narrow(0, image, 1)));
    EXPECT_LT(distance(run(layer(), one).output, batch.output.narrow(0, image, 1)), 1e-12);
  }
}

TEST_P(EveryLayer, HandsOutDenseValues) {
  const Tensor output = run(layer(), inputs()).output;
  EXPECT_TRUE(output.is_non_overlapping_and_dense());
  if (output.dim() == 4 && layer().type->name != "transpose") {
    EXPECT_TRUE(output.is_contiguous(at::MemoryFormat::ChannelsLast)) << output.strides();
  }
}

TEST_P(EveryLayer, HasTheAdjointThatAutogradFinds) {
  std::vector<Tensor> leaves = inputs();
  for (Tensor& leaf : leaves) leaf.requires_grad_();
  const Pass tracked = run(layer(), leaves);
  const Tensor signal = signal_for(tracked.output, 1);
  const std::vector<Tensor> expected = torch::autograd::grad({tracked.output}, leaves, {signal});
  const std::vector<Tensor> got = walk(layer(), run(layer(), inputs()), signal, 1);
  ASSERT_EQ(got.size(), expected.size());
  for (size_t i = 0; i < got.size(); ++i) EXPECT_LT(distance(got[i], expected[i]), 1e-10) << "input " << i;
}

TEST_P(EveryLayer, HasTheAdjointThatFiniteDifferencesFind) {
  const Pass pass = run(layer(), inputs());
  const Tensor signal = signal_for(pass.output, 1);
  const std::vector<Tensor> got = walk(layer(), pass, signal, 1);
  const double step = 1e-6;
  for (size_t i = 0; i < got.size(); ++i) {
    const Tensor direction = dense(normal_noise(pass.inputs[i].sizes(), 5).to(at::kDouble));
    std::vector<Tensor> ahead = pass.inputs, behind = pass.inputs;
    ahead[i] = ahead[i] + step * direction;
    behind[i] = behind[i] - step * direction;
    const Tensor change = (run(layer(), ahead).output - run(layer(), behind).output) / (2 * step);
    const double expected = (signal * change).sum().item<double>();
    EXPECT_NEAR((got[i] * direction).sum().item<double>(), expected, 1e-5 * (1 + std::abs(expected))) << "input " << i;
  }
}

TEST_P(EveryLayer, WalksSeveralSeedsAtOnceAsOneByOne) {
  const Pass pass = run(layer(), inputs());
  const Tensor signal = signal_for(pass.output, kSeeds);
  const std::vector<Tensor> together = walk(layer(), pass, signal, kSeeds);
  for (int64_t seed = 0; seed < kSeeds; ++seed) {
    const std::vector<Tensor> alone = walk(layer(), pass, dense(signal.slice(0, seed, c10::nullopt, kSeeds)), 1);
    for (size_t i = 0; i < alone.size(); ++i) {
      EXPECT_LT(distance(together[i].slice(0, seed, c10::nullopt, kSeeds), alone[i]), 1e-12) << "input " << i;
    }
  }
}

// As a concatenation hands it on.
TEST_P(EveryLayer, WalksASignalThatIsASliceOfAnotherAsItsCopy) {
  const Pass pass = run(layer(), inputs());
  const Tensor signal = signal_for(pass.output, 1);
  const Tensor slice = dense(at::cat({signal, signal, signal}, 1)).narrow(1, signal.size(1), signal.size(1));
  const std::vector<Tensor> sliced = walk(layer(), pass, slice, 1), copied = walk(layer(), pass, signal, 1);
  for (size_t i = 0; i < copied.size(); ++i) EXPECT_TRUE(sliced[i].equal(copied[i])) << "input " << i;
}

TEST_P(EveryLayer, HasTheParametersItsTypeNames) {
  EXPECT_EQ(layer().parameters.size(), layer().type->parameters.size());
}

// Keeps what a layer writes.
class Notes : public OperatorWriter {
 public:
  explicit Notes(std::vector<Shape> shapes) : shapes_(std::move(shapes)) {
    for (size_t i = 0; i < shapes_.size(); ++i) inputs_.push_back("in" + std::to_string(i));
  }
  const std::vector<std::string>& inputs() const override { return inputs_; }
  const Shape& input_shape(size_t index) const override { return shapes_[index]; }
  std::string constant(const Tensor& value) override {
    constants.emplace("c" + std::to_string(constants.size()), value);
    return "c" + std::to_string(constants.size() - 1);
  }
  std::string add(const std::string& type, const std::vector<std::string>& inputs,
                  const Attributes& attributes) override {
    operators.push_back({type, inputs, attributes});
    return "t" + std::to_string(operators.size() - 1);
  }

  struct Written {
    std::string type;
    std::vector<std::string> inputs;
    Attributes attributes;
  };
  std::vector<Written> operators;
  std::map<std::string, Tensor> constants;

 private:
  std::vector<Shape> shapes_;
  std::vector<std::string> inputs_;
};

// Reads what was written with the first type that takes it, as the importer does.
Layer read_back(const Operator& op) {
  for (const LayerType* type : layer_types()) {
    if (std::count(type->operators.begin(), type->operators.end(), op.type) == 0) continue;
    if (const std::optional<Layer> layer = type->read(op)) return *layer;
  }
  ADD_FAILURE() << "no layer type reads " << op.type;
  return {};
}

using Values = std::map<std::string, Tensor>;

// The shape arithmetic that a layer may write, as the importer folds it: undefined for any other operator.
Tensor folded(const Notes::Written& written, const Values& constants, const Values& values) {
  if (written.type == "Shape") return at::tensor(values.at(written.inputs[0]).sizes(), at::kLong);
  std::vector<Tensor> inputs;
  for (const std::string& name : written.inputs) {
    if (constants.count(name) == 0) return {};
    inputs.push_back(constants.at(name));
  }
  if (written.type == "Concat") return at::cat(inputs);
  if (written.type != "Slice") return {};
  return inputs[0].slice(0, inputs[1].item<int64_t>(), inputs[2].item<int64_t>());
}

Operator operator_of(const Notes::Written& written, const Values& constants, const Values& values) {
  Operator op{written.type, written.type, 13, written.attributes, {}};
  for (const std::string& name : written.inputs) {
    Operand operand;
    if (const auto found = constants.find(name); found != constants.end()) operand.constant = found->second;
    if (const auto found = values.find(name); found != values.end()) {
      operand.is_signal = true;
      operand.shape = found->second.sizes().slice(1).vec();
    }
    op.inputs.push_back(operand);
  }
  return op;
}

Tensor evaluated(const Notes& notes, const std::vector<Tensor>& inputs) {
  Values values, constants = notes.constants;
  for (size_t i = 0; i < inputs.size(); ++i) values["in" + std::to_string(i)] = inputs[i];
  Tensor last = inputs.empty() ? Tensor() : inputs[0];
  for (size_t i = 0; i < notes.operators.size(); ++i) {
    const auto& written = notes.operators[i];
    if (const Tensor constant = folded(written, constants, values); constant.defined()) {
      constants["t" + std::to_string(i)] = constant;
      continue;
    }
    std::vector<Tensor> signals;
    for (const std::string& name : written.inputs) {
      if (values.count(name)) signals.push_back(values[name]);
    }
    const Layer layer = read_back(operator_of(written, constants, values));
    if (!layer.type) return {};
    last = values["t" + std::to_string(i)] = run(layer, signals).output;
  }
  return last;
}

TEST_P(EveryLayer, WritesOperatorsThatComputeTheSame) {
  ASSERT_TRUE(layer().type->write);
  Notes notes(GetParam().inputs);
  layer().type->write(layer(), notes);
  ASSERT_FALSE(notes.operators.empty());
  // Attributes such as 1/6 are whole in this test; the constants that a layer makes itself are float32.
  EXPECT_LT(distance(evaluated(notes, inputs()), run(layer(), inputs()).output), 1e-5);
}

INSTANTIATE_TEST_SUITE_P(Examples, EveryLayer, ::testing::ValuesIn(layer_examples()),
                         [](const auto& info) { return info.param.name; });

TEST(LayerTypes, EachHasAtLeastTwoExamples) {
  std::map<std::string, int> count;
  for (const LayerExample& example : layer_examples()) ++count[example.layer.type->name];
  for (const LayerType* type : layer_types()) {
    if (type->role == Role::kInput) continue;
    EXPECT_GE(count[type->name], 2) << type->name;
  }
}

TEST(LayerTypes, EachHasANameOfItsOwnAndASummary) {
  std::map<std::string, int> count;
  for (const LayerType* type : layer_types()) {
    EXPECT_EQ(++count[type->name], 1) << type->name;
    EXPECT_FALSE(type->summary.empty()) << type->name;
  }
}

}  // namespace
}  // namespace limpid
