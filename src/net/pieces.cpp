// SPDX-License-Identifier: Apache-2.0
#include "net/pieces.h"

#include <ATen/ATen.h>

namespace limpid {

void lay(const Tensor& target, Place to, const Tensor& source, Place from) {
  const int64_t row = std::max(to.row, from.row), column = std::max(to.column, from.column);
  const int64_t rows = std::min(to.row + target.size(1), from.row + source.size(1)) - row;
  const int64_t columns = std::min(to.column + target.size(2), from.column + source.size(2)) - column;
  if (rows <= 0 || columns <= 0) return;
  target.narrow(1, row - to.row, rows)
      .narrow(2, column - to.column, columns)
      .copy_(source.narrow(1, row - from.row, rows).narrow(2, column - from.column, columns));
}

}  // namespace limpid
