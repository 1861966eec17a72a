// weight = the gradient of a 3x3 convolution with stride 1 and few channels a group by its weight, as sums over tiles: see thin_winograd.h.
//
// Stage 0: a task is a part of all rows of tiles, and a group, and goes through them in blocks. Of a block it maps all channels of the inputs and of
// the cotangents down the rows. Then it takes one line at a time of the six that this leaves, and maps some vectors of tiles along it, whose products for
// the six points of that line it adds to as many sums: so that what is read again and again stays in the first-level cache. At its end it maps the sums
// back to taps. Stage 1 adds the parts in order; its tasks are shares of the groups.
#include "dot_product.h"
#include "thin_winograd.h"

namespace convgrad {

// sums[rows, columns, lanes] = the products, lane by lane, of each of a's rows with each of b's over `steps` vectors, or the same added.
template <class T, i32 rows, i32 columns>
[[gnu::noinline]] void addDots(const T* a, const T* b, i32 stride, i32 steps, bool isFirst, T* sums) {
  Vector<T> values[rows][columns] = {};
  if (!isFirst) {
    CONVGRAD_UNROLL
    for (i32 i = 0; i < rows * columns; ++i) values[i / columns][i % columns] = load(sums + i * lanes<T>);
  }
  for (i32 step = 0; step < steps; ++step, a += lanes<T>, b += lanes<T>) {
    Vector<T> right[columns];
    CONVGRAD_UNROLL
    for (i32 j = 0; j < columns; ++j) right[j] = load(b + j * stride);
    CONVGRAD_UNROLL
    for (i32 i = 0; i < rows; ++i) {
      const Vector<T> left = load(a + i * stride);
      CONVGRAD_UNROLL
      for (i32 j = 0; j < columns; ++j) values[i][j] += left * right[j];
      CONVGRAD_UNROLL
      for (i32 j = 0; j < columns; ++j) pin<T>(values[i][j]);
    }
  }
  storeInOrder(sums, columns * lanes<T>, values);
}

// to[point * pointStride + (channel * stepVectors + vector) * lanes] = the maps along one line of each channel of some vectors of tiles.
template <class Map, class T>
[[gnu::noinline]] void mapChannels(const T* lines, i32 channelStep, i32 channels, i32 vectors, i32 stepVectors, T* to, i32 pointStride) {
  for (i32 channel = 0; channel < channels; ++channel, lines += channelStep, to += stepVectors * lanes<T>) {
    for (i32 v = 0; v < vectors; ++v) mapAlong<Map, T>(lines + v * tileOutputs * lanes<T>, to + v * lanes<T>, pointStride);
  }
}

template <class T>
struct ThinWeightTask {
  const ThinWinogradWeightArgs<T>& args;
  TileRows tiles;
  i32 group, part, columns, lineStride;
  i32 inputStride, cotangentStride;  // from point to point
  T *inputLines, *cotangentLines;    // [channel, line, tile, column]
  T *inputs, *cotangents;            // [point of a line, channel, vector, lane]
  T* vectorSums;                     // [point of a line, tile of rows and channels, lane]
  T* sums;                           // [point, channel, row], and a vector
  T* zeroLine;
  Integer<T>*inputsInside, *cotangentsInside;

  ThinWeightTask(const ThinWinogradWeightArgs<T>& args, const Task& task)
      : args(args), tiles(args.outSize), group(task.index % args.groups), part(task.index / args.groups), columns(tiles.columns()) {
    lineStride = tileLineElements<T>(args.blockRows * tiles.pitch);
    inputStride = pointStride(args.channels);
    cotangentStride = pointStride(args.rows);
    zeroLine = scratchOf<T>(args, task);
    inputLines = zeroLine + columns + lanes<T>;
    cotangentLines = inputLines + args.channels * tileInputs * lineStride;
    inputs = cotangentLines + args.rows * tileInputs * lineStride;
    cotangents = inputs + tileInputs * inputStride;
    vectorSums = cotangents + tileInputs * cotangentStride;
    sums = vectorSums + tileInputs * pointSums() * lanes<T>;
    inputsInside = reinterpret_cast<Integer<T>*>(sums + tilePoints * pointSums() + lanes<T>);
    cotangentsInside = inputsInside + columns + lanes<T>;
    for (T* p = zeroLine; p < inputs; ++p) *p = 0;
    listInside<T>(args.inSize[2], args.padding[2], columns, inputsInside);
    listInside<T>(args.outSize[2], 0, columns, cotangentsInside);
  }

  // An odd number of vectors, so that the points' lines go to different places of the cache.
  i32 pointStride(i32 channels) const { return (channels * args.stepVectors | 1) * lanes<T>; }
  i32 pointSums() const { return args.channels * args.rows; }
  // The taps of a part: [tap, channel, row].
  T* taps() const { return args.partial + (part * args.groups + group) * args.tapPitch * 9; }

  template <class Map>
  void mapRows(const ThinSource<T>& source, const T* x, i32 channels, const TileChunk& at, T* lines) const {
    const i32 plane = source.height * source.width;
    for (i32 channel = 0; channel < channels; ++channel, lines += tileInputs * lineStride) {
      for (i32 i = 0; i < at.count; ++i) {
        const T* from = x + ((at.images[i] * args.groups + group) * channels + channel) * plane;
        mapDown<Map, T>(source, from, at.rows[i], columns, lines + i * columns, lineStride);
        callAhead(from + plane + at.rows[i] * source.width, tileOutputs * source.width);
      }
      // Behind the last tile there may be those of a longer block.
      for (i32 i = at.count * columns; at.count < args.blockRows && i < lineStride; ++i) {
        for (i32 line = 0; line < tileInputs; ++line) lines[line * lineStride + i] = 0;
      }
    }
  }

  // Calls visit(tile rows, tile columns, first row, first column, sums before it) for the tiles of a point's sums, sizes being constants.
  template <class Visit>
  void forEachTile(Visit visit) const {
    const RowTiles rows(args.rows, tallestDotTile);
    i32 before = 0;
    for (i32 i = 0; i < rows.count; ++i) {
      withConstant<1, tallestDotTile>(rows.height(i), [&]<i32 height>(Constant<height> tall) {
        constexpr i32 most = dotColumnsFor(height);
        const RowTiles channels(args.channels, most);
        for (i32 j = 0; j < channels.count; ++j) {
          withConstant<1, most>(channels.height(j), [&]<i32 width>(Constant<width> wide) {
            visit(tall, wide, rows.start(i), channels.start(j), before);
          });
          before += height * channels.height(j);
        }
      });
    }
  }

  // The sums of the points of line i over the first `vectors` vectors of tiles.
  void sumLine(i32 i, i32 vectors) const {
    const i32 stride = args.stepVectors * lanes<T>;
    for (i32 first = 0; first < vectors; first += args.stepVectors) {
      const i32 count = minimum(args.stepVectors, vectors - first);
      const i32 place = i * lineStride + first * tileOutputs * lanes<T>;
      mapChannels<InputMap, T>(inputLines + place, tileInputs * lineStride, args.channels, count, args.stepVectors, inputs, inputStride);
      mapChannels<CotangentMap, T>(cotangentLines + place, tileInputs * lineStride, args.rows, count, args.stepVectors, cotangents, cotangentStride);
      forEachTile([&]<i32 height, i32 width>(Constant<height>, Constant<width>, i32 row, i32 channel, i32 before) {
        for (i32 j = 0; j < tileInputs; ++j) {
          addDots<T, height, width>(cotangents + j * cotangentStride + row * stride, inputs + j * inputStride + channel * stride, stride, count, first == 0,
                                    vectorSums + (j * pointSums() + before) * lanes<T>);
        }
      });
    }
  }

  void sumBlock(const TileChunk& at, bool isFirst) const {
    const ThinSource<T> x = {args.inSize[1], args.inSize[2], args.padding[1], args.padding[2], inputsInside, zeroLine};
    const ThinSource<T> gradOutput = {args.outSize[1], args.outSize[2], 0, 0, cotangentsInside, zeroLine};
    mapRows<InputMap>(x, args.x, args.channels, at, inputLines);
    mapRows<CotangentMap>(gradOutput, args.gradOutput, args.rows, at, cotangentLines);
    for (i32 i = 0; i < tileInputs; ++i) {
      sumLine(i, blocksOf(at.count * tiles.pitch, lanes<T>));
      forEachTile([&]<i32 height, i32 width>(Constant<height>, Constant<width>, i32 row, i32 channel, i32 before) {
        for (i32 j = 0; j < tileInputs; ++j) {
          addTile<T, height, width>(vectorSums + (j * pointSums() + before) * lanes<T>, width, isFirst,
                                    sums + (i * tileInputs + j) * pointSums() + channel * args.rows + row, args.rows);
        }
      });
    }
  }

  void mapToTaps() const {
    for (i32 i = 0; i < pointSums(); i += lanes<T>) {
      mapSquare<WeightGradientMap, T>(
          [&](i32 j, Vector<T>(&line)[6]) {
            CONVGRAD_UNROLL
            for (i32 k = 0; k < 6; ++k) line[k] = load(sums + (k * 6 + j) * pointSums() + i);
          },
          [&](i32 j, const Vector<T>(&line)[3]) {
            CONVGRAD_UNROLL
            for (i32 k = 0; k < 3; ++k) store(taps() + (j * 3 + k) * args.tapPitch + i, line[k]);
          });
    }
  }
};

template <class T>
void sumThin(const ThinWeightTask<T>& task) {
  const i32 allRows = task.args.batch * task.tiles.high;
  const i32 first = shareStart(allRows, task.part, task.args.parts), end = shareStart(allRows, task.part + 1, task.args.parts);
  for (i32 row = first; row < end; row += task.args.blockRows) {
    task.sumBlock(TileChunk(task.tiles, row, minimum(row + task.args.blockRows, end)), row == first);
  }
  task.mapToTaps();
}

template <class T>
void addThinParts(const ThinWinogradWeightArgs<T>& args, i32 group) {
  const i32 size = args.channels * args.rows;
  const i32 partStride = args.groups * args.tapPitch * 9;
  T* weight = args.weight + group * size * 9;
  for (i32 tap = 0; tap < 9; ++tap) {
    const T* taps = args.partial + (group * 9 + tap) * args.tapPitch;
    for (i32 i = 0; i < size; i += lanes<T>) {
      Vector<T> sum = load(taps + i);
      for (i32 part = 1; part < args.parts; ++part) sum += load(taps + part * partStride + i);
      for (i32 lane = 0; lane < minimum(lanes<T>, size - i); ++lane) {
        const i32 channel = (i + lane) / args.rows, row = (i + lane) % args.rows;
        weight[(row * args.channels + channel) * 9 + tap] = sum[lane];
      }
    }
  }
}

template <class T>
void thinWinogradWeight(const ThinWinogradWeightArgs<T>& args, Task task) {
  if (args.stage == 0) return sumThin(ThinWeightTask<T>(args, task));
  const i32 end = shareStart(args.groups, task.index + 1, task.count);
  for (i32 group = shareStart(args.groups, task.index, task.count); group < end; ++group) addThinParts(args, group);
}

}  // namespace convgrad
