// y = conv(x, weight) + bias for 3x3 kernels with stride 1 and few channels a group, or (`transposed`) the adjoint by the input, which is the same
// with flipped weights of which rows and columns change places. See thin_winograd.h.
//
// Stage 0 transforms the weights, [tile of rows, point, channel, row of the tile] for each group; its tasks are shares of the groups. In stage 1 a
// task is a share of the chunks of `chunkRows` rows of tiles, and a group.
#include "map_weights.h"
#include "product.h"
#include "thin_winograd.h"

namespace convgrad {

// Rows of the result that one vector of tiles is multiplied for at a time: their sums, that vector and a factor stay in registers.
inline constexpr i32 thinRows = vectorRegisters >= 32 ? 16 : 8;

template <class T>
struct ThinProduct {
  const ThinWinogradArgs<T>& args;
  TileRows tiles;
  RowTiles rows;
  explicit ThinProduct(const ThinWinogradArgs<T>& args) : args(args), tiles(args.outSize), rows(args.rows, thinRows) {}
  T* weightsOf(i32 group) const { return args.transformed + group * (tilePoints * args.channels * args.rows + lanes<T>); }
};

// A vector of rows at a time, whose end the next channel's rows cover; behind each group there is room for the last one's. `memory` holds a vector
// for each channel, point and vector of a tile.
template <class T>
void transformWeights(const ThinProduct<T>& product, i32 group, T* memory) {
  const ThinWinogradArgs<T>& args = product.args;
  const i32 rowStep = args.transposed ? 9 : 9 * args.channels;
  const i32 channelStep = args.transposed ? 9 * args.rows : 9;
  const T* weight = args.weight + group * args.rows * args.channels * 9;
  T* to = product.weightsOf(group);
  for (i32 tile = 0; tile < product.rows.count; ++tile) {
    const i32 height = product.rows.height(tile), first = product.rows.start(tile);
    const i32 vectors = blocksOf(height, lanes<T>);
    for (i32 item = 0; item < args.channels * vectors; ++item) {
      const T* corner = weight + item / vectors * channelStep;
      const T* taps[lanes<T>];
      for (i32 lane = 0; lane < lanes<T>; ++lane) taps[lane] = corner + minimum(first + item % vectors * lanes<T> + lane, args.rows - 1) * rowStep;
      mapWeights<T>(taps, args.transposed != 0, memory + item * lanes<T>, args.channels * vectors * lanes<T>);
    }
    const T* from = memory;
    for (i32 i = 0; i < tilePoints * args.channels; ++i, to += height) {
      for (i32 v = 0; v < vectors; ++v, from += lanes<T>) store(to + v * lanes<T>, load(from));
    }
  }
}

// to[point * stride] = the maps along all lines of as many tiles as a vector has lanes.
template <class T>
[[gnu::noinline]] void mapLines(const T* lines, i32 lineStride, T* to, i32 stride) {
  for (i32 i = 0; i < tileInputs; ++i) mapAlong<InputMap, T>(lines + i * lineStride, to + i * tileInputs * stride, stride);
}

// sums[point, rows, lanes] = the products of packed weights with tiles[point, channels, lanes]; both may be one.
template <class T, i32 rows>
[[gnu::noinline]] void multiplyTiles(const T* weights, const T* tiles, i32 tileStride, i32 channels, T* sums, i32 sumStride) {
  for (i32 point = 0; point < tilePoints; ++point, tiles += tileStride, sums += sumStride) {
    Vector<T> values[rows][1] = {};
    for (i32 channel = 0; channel < channels; ++channel, weights += rows) outerStep(values, weights, tiles + channel * lanes<T>);
    storeInOrder(sums, lanes<T>, values);
  }
}

// lines[i, tile, column] = the map along row i of the sums of as many tiles as a vector has lanes.
template <class T>
[[gnu::noinline]] void mapSumsAlong(const T* sums, i32 stride, T* lines, i32 lineStride) {
  for (i32 i = 0; i < tileInputs; ++i, sums += tileInputs * stride, lines += lineStride) {
    Vector<T> x[tileInputs], y[tileOutputs];
    CONVGRAD_UNROLL
    for (i32 j = 0; j < tileInputs; ++j) x[j] = load(sums + j * stride);
    OutputMap::apply<T>(x, y);
    transposeFours<T>(y[0], y[1], y[2], y[3], std::make_integer_sequence<int, lanes<T>>());
    CONVGRAD_UNROLL
    for (i32 k = 0; k < tileOutputs; ++k) store(lines + k * lanes<T>, y[k]);
  }
}

// `rows` rows of `width` outputs, one behind the other, from lines that mapSumsAlong left.
template <class T>
[[gnu::noinline]] void mapSumsDown(const T* lines, i32 lineStride, T bias, T* y, i32 width, i32 rows) {
  for (i32 next = 0; next < width; next += lanes<T>) {
    // The last vector may overlap the one before.
    const i32 k = width < lanes<T> ? 0 : minimum(next, width - lanes<T>);
    Vector<T> x[tileInputs], outputs[tileOutputs];
    CONVGRAD_UNROLL
    for (i32 i = 0; i < tileInputs; ++i) x[i] = load(lines + i * lineStride + k);
    OutputMap::apply<T>(x, outputs);
    CONVGRAD_UNROLL
    for (i32 i = 0; i < tileOutputs; ++i) {
      if (i >= rows) break;
      // What a short row's vector writes over its end the next row mends.
      if (width >= lanes<T> || i * width + lanes<T> <= rows * width) {
        store(y + i * width + k, outputs[i] + bias);
      } else {
        T row[lanes<T>];
        store(row, outputs[i] + bias);
        copyFew(y + i * width, row, width);
      }
    }
  }
}

template <class T>
void convolveThin(const ThinProduct<T>& product, const Task& task) {
  const ThinWinogradArgs<T>& args = product.args;
  const TileRows& tiles = product.tiles;
  const i32 group = task.index % args.groups, part = task.index / args.groups;
  const i32 columns = tiles.columns();
  const i32 inPlane = args.inSize[1] * args.inSize[2], outPlane = args.outSize[1] * args.outSize[2];
  const i32 lineStride = tileLineElements<T>(args.chunkRows * tiles.pitch);
  const bool isInPlace = product.rows.count == 1;
  const i32 tileStride = (isInPlace ? maximum(args.channels, args.rows) : args.channels) * lanes<T>;
  const i32 sumStride = isInPlace ? tileStride : args.rows * lanes<T>;
  const i32 chunkVectors = blocksOf(args.chunkRows * tiles.pitch, lanes<T>);

  T* const transformed = scratchOf<T>(args, task);
  T* const separate = transformed + chunkVectors * tilePoints * tileStride;
  T* const lines = separate + (isInPlace ? 0 : chunkVectors * tilePoints * sumStride);
  T* const zeroLine = lines + tileInputs * lineStride;
  Integer<T>* const isInside = reinterpret_cast<Integer<T>*>(zeroLine + columns + lanes<T>);
  for (i32 i = 0; i < tileInputs * lineStride + columns + lanes<T>; ++i) lines[i] = 0;
  listInside<T>(args.inSize[2], args.padding[2], columns, isInside);
  const ThinSource<T> source = {args.inSize[1], args.inSize[2], args.padding[1], args.padding[2], isInside, zeroLine};

  const i32 allRows = args.batch * tiles.high;
  const i32 chunks = blocksOf(allRows, args.chunkRows);
  const i32 endChunk = shareStart(chunks, part + 1, args.parts);
  for (i32 chunk = shareStart(chunks, part, args.parts); chunk < endChunk; ++chunk) {
    const TileChunk at(tiles, chunk * args.chunkRows, minimum((chunk + 1) * args.chunkRows, allRows));
    const i32 vectors = blocksOf(at.count * tiles.pitch, lanes<T>);
    for (i32 channel = 0; channel < args.channels; ++channel) {
      for (i32 i = 0; i < at.count; ++i) {
        const T* plane = args.x + ((at.images[i] * args.groups + group) * args.channels + channel) * inPlane;
        mapDown<InputMap, T>(source, plane, at.rows[i], columns, lines + i * columns, lineStride);
        callAhead(plane + (at.rows[i] + args.chunkRows * tileOutputs) * args.inSize[2], tileOutputs * args.inSize[2]);
      }
      for (i32 v = 0; v < vectors; ++v) {
        mapLines<T>(lines + v * 4 * lanes<T>, lineStride, transformed + v * tilePoints * tileStride + channel * lanes<T>, tileStride);
      }
    }
    T* const sums = isInPlace ? transformed : separate;
    for (i32 tile = 0; tile < product.rows.count; ++tile) {
      const i32 row = product.rows.start(tile);
      const T* weights = product.weightsOf(group) + tilePoints * args.channels * row;
      withConstant<1, thinRows>(product.rows.height(tile), [&]<i32 height>(Constant<height>) {
        for (i32 v = 0; v < vectors; ++v) {
          multiplyTiles<T, height>(weights, transformed + v * tilePoints * tileStride, tileStride, args.channels,
                                   sums + v * tilePoints * sumStride + row * lanes<T>, sumStride);
        }
      });
    }
    for (i32 row = 0; row < args.rows; ++row) {
      for (i32 v = 0; v < vectors; ++v) {
        mapSumsAlong<T>(sums + v * tilePoints * sumStride + row * lanes<T>, sumStride, lines + v * 4 * lanes<T>, lineStride);
      }
      const T bias = args.bias ? args.bias[group * args.rows + row] : T(0);
      for (i32 i = 0; i < at.count; ++i) {
        T* to = args.y + ((at.images[i] * args.groups + group) * args.rows + row) * outPlane + at.rows[i] * args.outSize[2];
        mapSumsDown<T>(lines + i * columns, lineStride, bias, to, args.outSize[2], minimum(tileOutputs, args.outSize[1] - at.rows[i]));
      }
    }
  }
}

template <class T>
void thinWinograd(const ThinWinogradArgs<T>& args, Task task) {
  const ThinProduct<T> product(args);
  if (args.stage == 1) return convolveThin(product, task);
  const i32 end = shareStart(args.groups, task.index + 1, task.count);
  for (i32 group = shareStart(args.groups, task.index, task.count); group < end; ++group) transformWeights(product, group, scratchOf<T>(args, task));
}

}  // namespace convgrad
