// SPDX-License-Identifier: Apache-2.0
#include "limpid/net/onnx.h"

#include <unistd.h>

#include <filesystem>

#include "limpid/core/error.h"
#include "limpid/core/files.h"
#include "limpid/net/operator.h"
#include "support/files.h"
#include "support/onnx_wire.h"

namespace limpid {
namespace {

using ::testing::AllOf;
using ::testing::Contains;
using ::testing::HasSubstr;
using wire::model;
using wire::node;
using wire::number;
using wire::part;
namespace fs = std::filesystem;

/// What reading these bytes complains about; empty when nothing.
std::string complaint(const std::string& bytes, const OnnxLimits& limits = {}, const fs::path& folder = {}) {
  try {
    parse_onnx(bytes, folder, {}, limits);
    return "";
  } catch (const Error& error) {
    return error.what();
  }
}

const std::string kTanh = node("Tanh", {"x"}, {"y"}, "squash");

TEST(Onnx, ANodeAnswersToItsNameAndToItsOutput) {
  const Network network = parse_onnx(model(node("Tanh", {"x"}, {"a"}, "first") + node("Relu", {"a"}, {"y"})));
  EXPECT_EQ(network[node_named(network, "first")].layer.type->name, "tanh");
  EXPECT_EQ(node_named(network, "a"), node_named(network, "first"));
  EXPECT_EQ(network[network.output].name, "y");
}

TEST(Onnx, TheNamesOfDroppedNodesLeadToTheNodeBeforeThem) {
  const std::string graph = node("Tanh", {"x"}, {"a"}, "first") + node("Dropout", {"a"}, {"b"}, "drop") +
                            node("Identity", {"b"}, {"c"}, "same") + node("Relu", {"c"}, {"y"}, "last");
  const Network network = parse_onnx(model(graph));
  EXPECT_EQ(network.size(), 3);
  for (const char* name : {"drop", "b", "same", "c"}) EXPECT_EQ(node_named(network, name), 1) << name;
}

TEST(Onnx, NamesThatAreThereTwiceAreTold) {
  const Network network = parse_onnx(model(node("Tanh", {"x"}, {"a"}, "act") + node("Relu", {"a"}, {"y"}, "act")));
  EXPECT_EQ(network[1].name, "act");
  EXPECT_EQ(network[2].name, "act_1");
}

TEST(Onnx, NodesThatTheOutputDoesNotNeedAreLeftOut) {
  EXPECT_EQ(parse_onnx(model(kTanh + node("NonMaxSuppression", {"x"}, {"z"}))).size(), 2);
}

TEST(Onnx, NodesMayComeInAnyOrder) {
  const Network network = parse_onnx(model(node("Relu", {"a"}, {"y"}) + node("Tanh", {"x"}, {"a"})));
  EXPECT_EQ(network[1].layer.type->name, "tanh");
  EXPECT_EQ(network[2].layer.type->name, "relu");
}

TEST(Onnx, TheLastSoftmaxIsLeftOff) {
  const std::string graph = node("Tanh", {"x"}, {"a"}) + node("Softmax", {"a"}, {"b"}) + node("Identity", {"b"}, {"y"});
  const Network network = parse_onnx(model(graph));
  EXPECT_EQ(network.size(), 2);
  EXPECT_EQ(network[network.output].layer.type->name, "tanh");
}

TEST(Onnx, ProbabilitiesAreThoseOfWhatWasLeftOff) {
  const Tensor scores = at::tensor({0.5, -1.0, 0.0, 2.0}, at::kDouble).view({1, 4});
  const Network softmax = parse_onnx(model(kTanh + node("Softmax", {"y"}, {"p"}), {-1, 4}, 13, "p"));
  EXPECT_TRUE(at::allclose(probabilities(softmax, scores).sum(), at::ones({}, at::kDouble)));
  const Network sigmoid = parse_onnx(model(kTanh + node("Sigmoid", {"y"}, {"p"}), {-1, 4}, 13, "p"));
  EXPECT_EQ(sigmoid[sigmoid.output].layer.type->name, "tanh");
  EXPECT_TRUE(at::allclose(probabilities(sigmoid, scores), 1 / (1 + (-scores).exp())));
  const Network written = parse_onnx(onnx_bytes(sigmoid));
  EXPECT_TRUE(at::equal(probabilities(written, scores), probabilities(sigmoid, scores)));
}

TEST(Onnx, ALogarithmOfTheLastSoftmaxIsLeftOffWithIt) {
  const auto left = [](const std::string& last, const std::string& more = "") {
    return parse_onnx(model(kTanh + node(last, {"y"}, {"p"}) + node("Flatten", {"p"}, {"f"}) +
                                node("Log", {"f"}, {more.empty() ? "l" : "k"}) + more,
                            {-1, 4}, 13, "l"));
  };
  for (const char* last : {"Softmax", "Sigmoid"}) {
    const Network network = left(last);
    const Tensor x = at::rand({2, 4});
    EXPECT_TRUE(at::equal(logits(network, x), x.tanh())) << last;
  }
  const auto last_type = [](const Network& network) { return network[network.output].layer.type->name; };
  const std::string log = last_type(left("Tanh"));
  EXPECT_NE(log, "reshape");
  EXPECT_EQ(last_type(left("LogSoftmax")), log) << "a logarithm of logarithms";
  EXPECT_EQ(last_type(left("Softmax", node("Log", {"k"}, {"l"}))), log);
}

TEST(Onnx, OfSeveralOutputsARowOfScoresIsTakenThenTheOneOfAName) {
  const std::string nodes = node("Relu", {"x"}, {"map"}) + node("GlobalAveragePool", {"map"}, {"one"}) +
                            node("Flatten", {"one"}, {"row"}) + node("Tanh", {"row"}, {"logits"});
  struct Output {
    std::string name;
    std::vector<int64_t> axes;
  };
  const auto taken = [&](const std::vector<Output>& outputs) {
    std::string body = nodes + part(2, "test") + wire::value(11, "x", {-1, 3, 4, 4});
    for (const Output& output : outputs) body += wire::value(12, output.name, output.axes);
    const std::string bytes = number(1, 7) + part(8, number(2, 13)) + part(7, body);
    return read_onnx(bytes, {}, [](const Shape&, const auto&) { return Shape{}; }).output;
  };
  const Output map{"map", {-1, 3, 4, 4}}, one{"one", {-1, 3, 1, 1}}, row{"row", {-1, 3}}, logits{"logits", {-1, 3}};
  EXPECT_EQ(taken({map, row}), "row");
  EXPECT_EQ(taken({row, map}), "row");
  EXPECT_EQ(taken({map, one}), "one");
  EXPECT_EQ(taken({one, row}), "row");
  EXPECT_EQ(taken({row, logits}), "logits");
  EXPECT_EQ(taken({map, {"row", {}}}), "row");  // the file says nothing of its shape
}

TEST(Onnx, ANetworkThatBeginsByPuttingTheChannelsFirstIsTakenWithChannelsFirst) {
  const std::string order =
      part(5, part(1, "perm") + number(8, 0) + number(8, 3) + number(8, 1) + number(8, 2) + number(20, 7));
  const std::string graph = node("Transpose", {"x"}, {"a"}, "", order) + node("GlobalAveragePool", {"a"}, {"y"});
  const Network network = parse_onnx(model(graph, {-1, 6, 5, 3}));
  EXPECT_EQ(network.input_shape(), (Shape{3, 6, 5}));
  const Tensor x = at::rand({2, 3, 6, 5});
  EXPECT_TRUE(at::allclose(logits(network, x), x.mean({2, 3})));
  // The input as it is elsewhere: then it stays.
  const std::string both = node("Transpose", {"x"}, {"a"}, "", order) + node("Relu", {"x"}, {"b"}) +
                           node("GlobalAveragePool", {"a"}, {"c"}) + node("GlobalAveragePool", {"b"}, {"d"}) +
                           node("Concat", {"c", "d"}, {"y"}, "", wire::integer("axis", 1));
  EXPECT_EQ(parse_onnx(model(both, {-1, 6, 5, 3})).input_shape(), (Shape{6, 5, 3}));
}

TEST(Onnx, AnIfWithoutBranchesIsRefused) {
  EXPECT_THAT(complaint(model(node("If", {"x"}, {"y"}, "choice"))), HasSubstr("two branches"));
}

TEST(Onnx, ScoresAsMapsOfOnePixelAreFlattened) {
  const Network network = parse_onnx(model(node("GlobalAveragePool", {"x"}, {"y"}), {-1, 3, 4, 4}));
  EXPECT_EQ(network[network.output].shape, Shape{3});
}

TEST(Onnx, AnOutputThatIsNoRowOfScoresIsRefused) {
  EXPECT_THAT(complaint(model(kTanh, {-1, 3, 4, 4})), AllOf(HasSubstr("3x4x4"), HasSubstr("row of scores")));
}

TEST(Onnx, AnOpenSizeIsFilledByTheCaller) {
  const std::string bytes = model(node("GlobalAveragePool", {"x"}, {"y"}), {-1, 3, -1, -1});
  EXPECT_THAT(complaint(bytes), HasSubstr("must be given"));
  EXPECT_EQ(parse_onnx(bytes, {}, {3, 5, 6}).input_shape(), (Shape{3, 5, 6}));
  EXPECT_THROW(parse_onnx(bytes, {}, {4, 5, 6}), Error);
  EXPECT_THROW(parse_onnx(bytes, {}, {3, 5}), Error);
}

TEST(Onnx, AnUnknownOperatorIsNamedWithItsNodeAndWhatIsSupported) {
  EXPECT_THAT(complaint(model(node("NonMaxSuppression", {"x"}, {"y"}, "boxes"))),
              AllOf(HasSubstr("'boxes'"), HasSubstr("NonMaxSuppression"), HasSubstr("ConvTranspose")));
  EXPECT_THAT(supported_operators(), AllOf(Contains("Conv"), Contains("Shape"), Contains("Split")));
}

TEST(Onnx, EveryOperatorWithTooFewOrTooManyInputsIsRefused) {
  const std::set<std::string> any_number = {"Concat", "Max", "Min", "Sum"};
  for (const std::string& type : supported_operators()) {
    const auto refused_without = HasSubstr(type == "Constant" ? "dense tensor" : "has 0 where it takes");
    EXPECT_THAT(complaint(model(node(type, {}, {"y"}))), refused_without) << type;
    if (any_number.count(type)) continue;
    const std::vector<std::string> six(6, "x");
    EXPECT_THAT(complaint(model(node(type, six, {"y"}))), HasSubstr("has 6 where it takes")) << type;
  }
  EXPECT_THAT(complaint(model(node("Concat", {"x", "", "x"}, {"y"}))), HasSubstr("leaves out its input 1"));
}

TEST(Onnx, AnOperatorOfAnotherDomainIsNotTakenForTheStandardOne) {
  const std::string foreign =
      wire::part(1, wire::part(1, "x") + wire::part(2, "y") + wire::part(4, "Relu") + wire::part(7, "com.example"));
  EXPECT_THAT(complaint(model(foreign)), HasSubstr("com.example::Relu"));
}

TEST(Onnx, OtherOpsetsAreRefused) {
  for (const int64_t opset : {0, 8, 18}) EXPECT_THAT(complaint(model(kTanh, {-1, 4}, opset)), HasSubstr("opset"));
  for (const int64_t opset : {9, 17}) EXPECT_EQ(complaint(model(kTanh, {-1, 4}, opset)), "");
}

TEST(Onnx, EveryTruncationIsAnError) {
  const std::string bytes =
      model(node("Gemm", {"x", "w"}, {"y"}) + wire::real("w", {4, 2}, std::vector<float>(8, 1.F)));
  ASSERT_EQ(complaint(bytes), "");
  for (size_t length = 0; length < bytes.size(); ++length) EXPECT_NE(complaint(bytes.substr(0, length)), "") << length;
}

TEST(Onnx, ACycleIsNamed) {
  const std::string graph = node("Add", {"x", "b"}, {"a"}, "one") + node("Relu", {"a"}, {"b"}, "two");
  EXPECT_THAT(complaint(model(graph + node("Tanh", {"b"}, {"y"}))), HasSubstr("cycle"));
}

TEST(Onnx, AnInputThatNothingComputesIsNamed) {
  EXPECT_THAT(complaint(model(node("Add", {"x", "ghost"}, {"y"}, "sum"))), AllOf(HasSubstr("ghost"), HasSubstr("sum")));
}

TEST(Onnx, AValueComputedTwiceIsNamed) {
  EXPECT_THAT(complaint(model(kTanh + node("Relu", {"x"}, {"y"}))), HasSubstr("twice"));
}

TEST(Onnx, AnOutputThatIgnoresTheInputIsRefused) {
  EXPECT_THAT(complaint(model(node("Identity", {"c"}, {"y"}) + wire::real("c", {1}, {1.F}))), HasSubstr("depend"));
}

TEST(Onnx, AChainAsLongAsTheLimitIsNoRecursion) {
  std::string graph = node("Identity", {"x"}, {"v0"});
  for (int i = 1; i < 50'000; ++i) {
    graph += node("Identity", {"v" + std::to_string(i - 1)}, {"v" + std::to_string(i)});
  }
  const std::string bytes = model(graph + node("Tanh", {"v49999"}, {"y"}));
  EXPECT_EQ(parse_onnx(bytes).size(), 2);
  EXPECT_THAT(complaint(bytes, {.nodes = 1000}), HasSubstr("nodes"));
}

TEST(Onnx, AbsurdSizesAreRefusedBeforeAnythingIsAllocated) {
  const int64_t huge = int64_t{1} << 40;
  const std::string use = node("Add", {"x", "c"}, {"y"});
  EXPECT_THAT(complaint(model(use + wire::tensor("c", {huge}, wire::kFloat, ""))), HasSubstr("limit"));
  EXPECT_THAT(complaint(model(use + wire::tensor("c", {huge, huge}, wire::kFloat, ""))), HasSubstr("limit"));
  EXPECT_THAT(complaint(model(use + wire::tensor("c", {-4}, wire::kFloat, ""))), HasSubstr("-4"));
  EXPECT_THAT(complaint(model(use + wire::tensor("c", {4}, wire::kFloat, "abc"))), HasSubstr("damaged"));
  EXPECT_THAT(complaint(model(use + node("ConstantOfShape", {"s"}, {"c"}) + wire::whole("s", {huge}))),
              HasSubstr("limit"));
  EXPECT_THAT(complaint(model(kTanh, {-1, huge})), HasSubstr("limit"));
}

TEST(Onnx, PartsThatTakeFarMoreMemoryThanTheFileAreRefused) {
  std::string attributes;
  for (int i = 0; i < 2'000'000; ++i) attributes += wire::part(5, "");  // two bytes each
  EXPECT_THAT(complaint(model(wire::part(1, wire::part(4, "Tanh") + attributes))), HasSubstr("memory"));
}

TEST(Onnx, ConstantsThatAreDoubledAgainAndAgainRunIntoTheLimit) {
  std::string graph = wire::real("c0", {1024}, std::vector<float>(1024));
  for (int i = 0; i < 60; ++i) {
    const std::string from = "c" + std::to_string(i);
    graph += node("Concat", {from, from}, {"c" + std::to_string(i + 1)}, "", wire::integer("axis", 0));
  }
  EXPECT_THAT(complaint(model(graph + node("Add", {"x", "c60"}, {"y"})), {.tensor_elements = 1 << 20}),
              HasSubstr("limit"));
}

TEST(Onnx, WholeNumbersDividedByZeroAreAnErrorAndByMinusOneNoTrap) {
  const auto divided = [](int64_t by) {
    return model(wire::whole("a", {INT64_MIN, 8}) + wire::whole("b", {by}) +
                 node("Div", {"a", "b"}, {"q"}, "division") + node("Gather", {"q", "one"}, {"e"}) +
                 wire::whole("one", {1}) + node("ConstantOfShape", {"e"}, {"c"}) + node("Add", {"x", "c"}, {"y"}));
  };
  EXPECT_THAT(complaint(divided(0)), HasSubstr("division"));
  EXPECT_THAT(complaint(divided(-1)), HasSubstr("negative"));
  EXPECT_EQ(complaint(divided(2)), "");
}

TEST(Onnx, AReshapeThatMovesTheBatchIsRefused) {
  const std::string graph = node("Reshape", {"x", "s"}, {"y"}, "mix");
  EXPECT_THAT(complaint(model(graph + wire::whole("s", {-1, 2}))), AllOf(HasSubstr("mix"), HasSubstr("batch")));
  EXPECT_THAT(complaint(model(graph + wire::whole("s", {-1}))), HasSubstr("batch"));
  EXPECT_EQ(complaint(model(graph + wire::whole("s", {-1, 4}))), "");
}

TEST(Onnx, AOneInAReshapeIsTheBatchWhereThatIsOpenAndOneImageFillsTheRest) {
  const std::string graph = node("Reshape", {"x", "s"}, {"y"}, "view");
  const Shape image = {-1, 3, 2, 2};
  for (const std::vector<int64_t>& target : {std::vector<int64_t>{1, -1}, {1, 12}})
    EXPECT_EQ(complaint(model(graph + wire::whole("s", target), image)), "");
  EXPECT_THAT(complaint(model(graph + wire::whole("s", {1, 6}), image)), HasSubstr("6 values instead of 12"));
  EXPECT_THAT(complaint(model(graph + wire::whole("s", {1, 12}), {2, 3, 2, 2})), HasSubstr("batch"));
}

TEST(Onnx, AWindowThatIsLargerThanItsPaddedInputIsRefusedInOneSentence) {
  const std::string weight = wire::real("w", {1, 1, 7, 3}, std::vector<float>(21, 1));
  const auto pads = [](int64_t size) {
    std::string list = part(1, "pads");
    for (int i = 0; i < 4; ++i) list += number(8, i % 2 == 0 ? size : 0);  // above and below
    return part(5, list + number(20, 7));
  };
  const auto said = [&](int64_t pad) {
    const std::string nodes =
        node("Conv", {"x", "w"}, {"a"}, "wide", pads(pad)) + node("GlobalAveragePool", {"a"}, {"y"});
    return complaint(model(nodes + weight, {-1, 1, 4, 4}));
  };
  EXPECT_THAT(said(1), AllOf(HasSubstr("'wide'"), HasSubstr("takes 7x3 positions, and its input has 6x4, padding")));
  EXPECT_EQ(said(2), "");
}

class ExternalData : public ::testing::Test {
 protected:
  void SetUp() override {
    fs::create_directories(folder / "model");
    const std::vector<float> values = {1, 2, 3, 4};
    const std::string bytes(reinterpret_cast<const char*>(values.data()), 16);
    write_file(folder / "model" / "inside.bin", bytes);
    write_file(folder / "outside.bin", bytes);
    fs::create_symlink(folder / "outside.bin", folder / "model" / "link.bin");
  }

  std::string reading(const std::string& location, int64_t elements = 4) const {
    const std::string bytes = model(node("Add", {"x", "c"}, {"y"}) + wire::external("c", location, elements));
    return complaint(bytes, {}, folder / "model");
  }

  const testing::Folder own;
  const fs::path& folder = own.path;
};

TEST_F(ExternalData, IsReadFromTheModelsFolderAndFromNowhereElse) {
  EXPECT_EQ(reading("inside.bin"), "");
  for (const std::string& location : {std::string("../outside.bin"), (folder / "outside.bin").string(),
                                      std::string("link.bin"), std::string(""), std::string("..")}) {
    EXPECT_THAT(reading(location), HasSubstr("own folder")) << location;
  }
  EXPECT_THAT(reading("absent.bin"), HasSubstr("missing"));
}

TEST_F(ExternalData, ThatIsTooShortIsNamed) { EXPECT_THAT(reading("inside.bin", 5), HasSubstr("16 bytes")); }

Layer tanh_layer() { return {&layer_type("tanh")}; }

TEST(OnnxExport, ANetworkComesBackWithItsScoresNamesAndMetadata) {
  const Tensor weight = normal_noise({3, 2, 3, 3}, 1);
  const std::vector<float> values(weight.data_ptr<float>(), weight.data_ptr<float>() + weight.numel());
  const std::string graph = node("Conv", {"x", "w"}, {"a"}, "conv1") + node("GlobalAveragePool", {"a"}, {"y"}) +
                            wire::real("w", {3, 2, 3, 3}, values);
  Network copy = parse_onnx(model(graph, {-1, 2, 6, 6}));
  copy.metadata = {{"classes", R"(["a","b","c"])"}, {"note", "kept"}};
  const Network again = parse_onnx(onnx_bytes(copy));
  const Tensor input = normal_noise({4, 2, 6, 6}, 3);
  EXPECT_TRUE(at::equal(logits(again, input), logits(copy, input)));
  EXPECT_EQ(again.metadata, copy.metadata);
  EXPECT_EQ(again[1].name, "conv1");
  EXPECT_EQ(node_named(again, "a"), 1);
}

TEST(OnnxExport, WritingTwiceGivesTheSameBytes) {
  Network network = network_with_input("x", {5});
  append(network, "act", tanh_layer(), {0});
  EXPECT_EQ(onnx_bytes(network), onnx_bytes(network));
  EXPECT_EQ(onnx_bytes(parse_onnx(onnx_bytes(network))), onnx_bytes(network));
}

}  // namespace
}  // namespace limpid
