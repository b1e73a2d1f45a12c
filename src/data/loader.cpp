// SPDX-License-Identifier: Apache-2.0
#include "limpid/data/loader.h"

#include <ATen/ATen.h>

#include <chrono>
#include <condition_variable>
#include <mutex>
#include <numeric>
#include <thread>

#include "limpid/core/error.h"
#include "limpid/core/random.h"
#include "limpid/data/wrapping.h"

namespace limpid {

int64_t batches_of(int64_t examples, const LoaderPlan& plan) {
  return plan.drop_last && examples >= plan.batch ? examples / plan.batch : (examples + plan.batch - 1) / plan.batch;
}

class Loader::Work {
 public:
  Work(Dataset data, Shape shape, const LoaderPlan& plan)
      : data_(shaped(data, shape)), shape_(std::move(shape)), plan_(plan) {
    if (data_.size() == 0) fail("the data set has no examples; expected some to make batches of");
    an_epoch_ = batches_of(data_.size(), plan);
    claimed_ = given_ = plan.first_epoch * an_epoch_ + plan.first_batch;
    end_ = (plan.first_epoch + plan.epochs) * an_epoch_;
    for (int64_t i = 0; i < std::max<int64_t>(1, plan.threads); ++i) threads_.emplace_back([this] { work(); });
  }

  ~Work() {
    {
      const std::lock_guard lock(mutex_);
      closed_ = true;
    }
    changed_.notify_all();
    for (std::thread& thread : threads_) thread.join();
  }

  std::optional<Batch> next() {
    std::unique_lock lock(mutex_);
    if (given_ == end_) return std::nullopt;
    const auto begin = std::chrono::steady_clock::now();
    changed_.wait(lock, [this] { return ready_.count(given_) > 0; });
    waited_ += std::chrono::duration<double>(std::chrono::steady_clock::now() - begin).count();
    Made made = std::move(ready_.extract(given_).mapped());
    ++given_;
    changed_.notify_all();
    if (made.error) std::rethrow_exception(made.error);
    return std::move(made.batch);
  }

  double waited() const { return waited_; }

 private:
  struct Made {
    Batch batch;
    std::exception_ptr error = {};
  };

  void work() {
    while (const std::optional<int64_t> number = claim()) {
      Made made;
      try {
        made.batch = make(*number);
      } catch (...) {
        made.error = std::current_exception();
      }
      const std::lock_guard lock(mutex_);
      ready_.emplace(*number, std::move(made));
      changed_.notify_all();
    }
  }

  std::optional<int64_t> claim() {
    std::unique_lock lock(mutex_);
    changed_.wait(lock, [this] { return closed_ || claimed_ == end_ || claimed_ < given_ + plan_.ahead; });
    if (closed_ || claimed_ == end_) return std::nullopt;
    return claimed_++;
  }

  std::shared_ptr<const std::vector<int64_t>> order_of(int64_t epoch) {
    const std::lock_guard lock(order_mutex_);
    auto& order = orders_[epoch];
    if (!order) {
      std::vector<int64_t> indices(data_.examples.size());
      std::iota(indices.begin(), indices.end(), 0);
      if (plan_.shuffle) Random(mixed_seed({plan_.seed, static_cast<uint64_t>(epoch)})).shuffle(indices);
      order = std::make_shared<const std::vector<int64_t>>(std::move(indices));
      orders_.erase(epoch - 2);
    }
    return order;
  }

  Batch make(int64_t place) {
    const int64_t epoch = place / an_epoch_, number = place % an_epoch_;
    const auto order = order_of(epoch);
    const int64_t begin = number * plan_.batch, count = std::min(plan_.batch, data_.size() - begin);
    Shape shape = shape_;
    shape.insert(shape.begin(), count);
    Batch batch{
        at::empty(shape, at::kFloat, shape.size() == 4 ? at::MemoryFormat::ChannelsLast : at::MemoryFormat::Contiguous),
        at::empty({count}, at::kLong), number, epoch};
    for (int64_t i = 0; i < count; ++i) {
      const int64_t index = (*order)[static_cast<size_t>(begin + i)];
      batch.inputs[i].copy_(data_.read(index, static_cast<uint64_t>(epoch)));
      batch.labels.data_ptr<int64_t>()[i] = data_[index].label;
    }
    return batch;
  }

  const Dataset data_;
  const Shape shape_;
  const LoaderPlan plan_;
  int64_t an_epoch_, claimed_, given_, end_;
  double waited_ = 0;
  bool closed_ = false;
  std::mutex mutex_, order_mutex_;
  std::condition_variable changed_;
  std::map<int64_t, Made> ready_;
  std::map<int64_t, std::shared_ptr<const std::vector<int64_t>>> orders_;
  std::vector<std::thread> threads_;
};

Loader::Loader(Dataset data, Shape shape, const LoaderPlan& plan)
    : work_(std::make_unique<Work>(std::move(data), std::move(shape), plan)) {}
Loader::~Loader() = default;
Loader::Loader(Loader&&) noexcept = default;
std::optional<Batch> Loader::next() { return work_->next(); }
double Loader::waited() const { return work_->waited(); }

}  // namespace limpid
