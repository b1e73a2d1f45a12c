// SPDX-License-Identifier: Apache-2.0
#include <cstdio>
#include <fstream>
#include <iostream>

#include "command.h"
#include "console.h"
#include "engine.h"

namespace limpid {
namespace {

class Adder {
 public:
  Adder(CLI::App& options, const char* group) : options_(options), group_(group) {}

  template <class Value>
  CLI::Option* operator()(const char* name, Value& value, const char* help) const {
    return options_.add_option(name, value, help)->group(group_)->capture_default_str();
  }

 private:
  CLI::App& options_;
  const char* group_;
};

void add_data(CLI::App& options, TrainRequest& request) {
  const Adder add(options, "Data");
  add("--part", request.part, "train, test or all, where the data set has parts");
  add("--examples", request.examples, "at most so many of them; 0: all");
  add("--validation", request.validation, "share held out, groups whole; 0: none");
  add("--fold", request.fold, "hold out this fold of the data set instead");
  add("--size", request.size, "HxW of pictures; those of the first where it is not given");
  add("--channels", request.channels, "rgb or gray; those of the first picture where it is not given");
  add("--normalise", request.normalise, "data: by its mean and deviation; unit, imagenet, caffe or none");
  add("--augment", request.augment, "flip,flip-rows,rotate=DEGREES,shift=PIXELS,scale=S,noise=S,brightness=S");
  options.add_flag("--balance", request.balance, "repeat examples of rarer classes")->group("Data");
  add("--cache", request.cache, "MiB of decoded inputs that are kept");
  add("--loading", request.loading, "threads that make batches");
  repeated(add("--limit", request.limits, "what is read at most: image-bytes, image-pixels or npy-bytes"));
}

void add_learning(CLI::App& options, TrainRequest& request) {
  const Adder add(options, "Learning");
  add("--epochs", request.epochs, "times through the data");
  add("--batch", request.batch, "examples a step");
  add("--optimizer", request.optimizer, "adam, adamw or sgd");
  add("--learning-rate", request.learning_rate, "at its highest");
  add("--momentum", request.momentum, "of sgd");
  add("--weight-decay", request.weight_decay, "of weights, not of biases");
  add("--schedule", request.schedule, "of the learning rate: constant, step or cosine");
  add("--warm-up", request.warm_up, "epochs in which the learning rate grows");
  add("--step-epochs", request.step_epochs, "of the schedule step");
  add("--step-factor", request.step_factor, "of the schedule step");
  add("--class-weights", request.class_weights, "none or balanced");
  add("--label-smoothing", request.label_smoothing, "share of the label given to all classes");
  add("--clip", request.clip, "largest norm of the gradient; 0: any");
  add("--patience", request.patience, "epochs without a better validation loss until it stops; 0: never");
  add("--precision", request.precision, "float32, bfloat16 with float32 weights, or auto: the faster on this device");
  add("--seed", request.seed, "of everything random");
  add("--device", request.device, "cpu, cuda or cuda:1");
  add("--threads", request.threads, "0: all processors");
}

Action add(CLI::App& options) {
  const auto request = std::make_shared<TrainRequest>();
  options.add_option("architecture", request->architecture, "a name from `limpid architectures`")
      ->required()
      ->option_text("ARCHITECTURE");
  options.add_option("data", request->data, "a data set, see `limpid formats`")->required()->option_text("DATA");
  options.add_option("-o,--output", request->output, "the model; the other results get its name")
      ->capture_default_str();
  repeated(options.add_option("--set", request->options, "an option of the architecture"), "OPTION=VALUE");
  options.add_option("--at", request->snapshots, "epochs, also fractions, whose networks are kept: 0,0.25,1,5")
      ->delimiter(',')
      ->allow_extra_args(false)
      ->option_text("EPOCH,…");
  options.add_option("--checkpoint-steps", request->checkpoint_steps,
                     "steps from checkpoint to checkpoint, besides each epoch");
  options.add_flag("--resume", request->resume, "go on from the checkpoint beside the model, where there is one");
  add_data(options, *request);
  add_learning(options, *request);
  add_console(options, true);
  return [request] {
    request->command = command_words();
    const std::string document = engine().train(*request, terminal_progress("steps"), print_line);
    if (console().json) std::cout << std::ifstream(document).rdbuf() << std::flush;
    return 0;
  };
}

}  // namespace

const Command train_command = {"train", "fit a network to a data set: a model, its curves and its scores", add};

}  // namespace limpid
