// The gradients of a depthwise convolution of 3x3 with stride 1, plane by plane in one pass:
//
//   dx[i] = sum over k of w[k] g[i + padding - k]      dw[k] = sum over i of x[i] g[i + padding - k]      db = sum of g
//
// Vectors walk down g, or where there are too few registers for that, down a copy of a block of its rows with the zeros that lie around it.
//
// Stage 0: tasks are (share of the groups, part), a part being a share of the images, whose sums by weight and bias are added in order.
// Stage 1 adds the parts in order; its tasks are shares of the groups.
#include "blocks.h"
#include "bordered_plane.h"
#include "columns.h"
#include "gradient_walk.h"
#include "gradient_window.h"
#include "lane_sums.h"

namespace convgrad {

// What a part keeps of a group: the gradient by each tap, in the order of walks, and by the bias.
inline constexpr i32 partNumbers = gradientTaps + 1;
// Room for the sums of a block, which are added up four at a time.
inline constexpr i32 sumRoom = (gradientTaps + 3) / 4 * 4;

template <class T>
struct PlaneGradients {
  const PlaneGradientsArgs<T>& args;
  Gather gather;  // of dx from g
  T* sums;        // of all taps, lane by lane
  T* factors;     // the taps' weights, in every lane
  T* spare;       // rows as long as a vector
  BorderedPlane<T> copied;  // where nothing walks down g itself

  PlaneGradients(const PlaneGradientsArgs<T>& args, T* memory)
      : args(args),
        gather(gatherOf(args)),
        sums(memory),
        factors(sums + sumRoom * lanes<T>),
        spare(factors + gradientTaps * lanes<T>),
        copied(gather, args.blockRows, maximum(args.inSize[2], width()) + gather.taps[2] - 1, spare + args.blockRows * lanes<T>) {
    if (!hasWalks) copied.clear();
  }

  // The gradient by a plane of the image. What it gives for the weight and the bias is added to `part`, or `part` begins with that. Rows that
  // are shorter than a vector run over their ends, into the next planes too, where the task has still to write `planesBehind`.
  void run(i32 image, i32 group, T* part, bool isFirst, i32 planesBehind) const {
    const i32 plane = image * args.groups + group, outPlane = args.outSize[1] * args.outSize[2];
    const bool runsOver = planesBehind * args.inSize[1] * args.inSize[2] >= lanes<T>;
    const T* g = args.gradOutput + plane * outPlane;
    const T* weight = args.weight + group * gradientTaps;
    for (i32 tap = 0; tap < gradientTaps; ++tap) store(factors + tap * lanes<T>, splat(weight[gradientTaps - 1 - tap]));
    for (i32 row = 0; row < args.inSize[1]; row += args.blockRows) {
      fillZero(sums, sumRoom * lanes<T>);
      if (width() == lanes<T>) addBlock<lanes<T>>(g, plane, row, runsOver);
      else addBlock<halfLanes<T>>(g, plane, row, runsOver);
      addSums(part, isFirst && row == 0);
    }
    if (args.gradBias) put(part[gradientTaps], static_cast<T>(blockedSum<T>(outPlane, [=](i32 at) { return load(g + at); })), isFirst);
  }

 private:
  static Gather gatherOf(const PlaneGradientsArgs<T>& args) {
    Gather gather;
    for (i32 d = 0; d < 3; ++d) {
      gather.source[d] = args.outSize[d];
      gather.out[d] = args.inSize[d];
      gather.taps[d] = d == 0 ? 1 : kernelSide;
      gather.first[d] = args.padding[d] + 1 - gather.taps[d];
      gather.tapStep[d] = gather.stride[d] = 1;
    }
    return gather;
  }

  // Of the vectors: half of one for short rows.
  i32 width() const { return args.inSize[2] <= halfLanes<T> ? halfLanes<T> : lanes<T>; }

  static void put(T& total, T value, bool isFirst) { total = isFirst ? value : total + value; }

  // Adds the sums over the lanes to `part`.
  void addSums(T* part, bool isFirst) const {
    if constexpr (lanes<T> < 4) {
      for (i32 tap = 0; tap < gradientTaps; ++tap) put(part[tap], sumOfLanes(sums + tap * lanes<T>), isFirst);
    } else {
      T totals[sumRoom];
      CONVGRAD_UNROLL
      for (i32 tap = 0; tap < sumRoom; tap += 4) storeQuad(totals + tap, sumOfEach(sums + tap * lanes<T>, lanes<T>));
      for (i32 tap = 0; tap < gradientTaps; ++tap) put(part[tap], totals[tap], isFirst);
    }
  }

  // The rows of a block from `row` on.
  template <i32 vectorWidth>
  void addBlock(const T* g, i32 plane, i32 row, bool runsOver) const {
    const i32 width = args.inSize[2], rows = minimum(args.blockRows, args.inSize[1] - row);
    const i32 place = (plane * args.inSize[1] + row) * width;
    const T* x = args.x + place;
    T* dx = args.gradInput + place;
    if (width >= vectorWidth || runsOver) return walk<vectorWidth>(g, row, rows, x, dx, width);
    walk<vectorWidth>(g, row, rows, x, spare, vectorWidth);
    for (i32 r = 0; r < rows; ++r) copyFew(dx + r * width, spare + r * vectorWidth, width);
  }

  // All vectors of the rows. The last lies over the one before it where the width is no multiple.
  template <i32 vectorWidth>
  void walk(const T* g, i32 row, i32 rows, const T* x, T* dx, i32 dxStep) const {
    const i32 width = args.inSize[2], last = maximum(width - vectorWidth, 0);
    if constexpr (hasWalks) {
      const i32 firstLine = gather.first[1] + row, lineStep = args.outSize[2];
      const Range inside(firstLine, 1, args.outSize[1], rows + kernelSide - 1);
      const i32 linesAhead = placesAhead(args.outSize[1], lineStep, lineStep), rowsAhead = placesAhead(args.inSize[1], width, dxStep);
      const PlaneWalk down = {rows, inside.start, inside.end, lineStep, 1, lineStep, dxStep, linesAhead, rowsAhead};
      const T* line = g + (firstLine + inside.start) * lineStep;
      for (i32 column = 0; column < width; column += vectorWidth) {
        const i32 at = minimum(column, last);
        gradientWindow<T, vectorWidth>(line, down, gather.first[2] + at, factors, x + at, width, column - at, width - at, dx + at, sums);
      }
    } else {
      copied.copy(g, row);
      i32 column = 0;
      for (; column + vectorWidth <= width; column += vectorWidth) {
        gradientWalk<T, vectorWidth, false>(copied.data + column, copied.pitch, factors, x + column, width, 0, vectorWidth, rows, dx + column, dxStep, sums);
      }
      if (column == width) return;
      gradientWalk<T, vectorWidth, true>(copied.data + last, copied.pitch, factors, x + last, width, column - last, width - last, rows, dx + last, dxStep, sums);
    }
  }
};

template <class T>
void addGradientParts(const PlaneGradientsArgs<T>& args, const Task& task) {
  const i32 end = shareStart(args.groups, task.index + 1, task.count);
  for (i32 group = shareStart(args.groups, task.index, task.count); group < end; ++group) {
    T total[partNumbers] = {};
    for (i32 part = 0; part < args.parts; ++part) {
      const T* numbers = args.partial + (part * args.groups + group) * partNumbers;
      for (i32 i = 0; i < partNumbers; ++i) total[i] += numbers[i];
    }
    for (i32 tap = 0; tap < gradientTaps; ++tap) args.gradWeight[group * gradientTaps + tap] = total[gradientTaps - 1 - tap];
    if (args.gradBias) args.gradBias[group] = total[gradientTaps];
  }
}

template <class T>
void planeGradients(const PlaneGradientsArgs<T>& args, Task task) {
  if (args.stage == 1) return addGradientParts(args, task);
  const i32 part = task.index % args.parts, share = task.index / args.parts, shares = task.count / args.parts;
  const i32 firstImage = shareStart(args.batch, part, args.parts), endImage = shareStart(args.batch, part + 1, args.parts);
  const i32 firstGroup = shareStart(args.groups, share, shares), endGroup = shareStart(args.groups, share + 1, shares);
  const PlaneGradients<T> gradients(args, scratchOf<T>(args, task));
  for (i32 image = firstImage; image < endImage; ++image) {
    for (i32 group = firstGroup; group < endGroup; ++group) {
      gradients.run(image, group, args.partial + (part * args.groups + group) * partNumbers, image == firstImage, endGroup - 1 - group);
    }
  }
}

}  // namespace convgrad
