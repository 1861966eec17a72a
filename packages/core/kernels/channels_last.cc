// Convolutions with vectors over channels, and their adjoints by x, phase by phase of the stride (see phase_product.h): what a block of outputs
// reads is gathered place by place, wherever it lies, so neither a stride nor short rows of the image cost anything.
//
// Stage 0 turns the image to [vector of channels, place of an image of the batch, lane], with zeros behind the last place and the last channel,
// and packs the weights of each phase as [panel, vector of channels, tap, lane, column of the panel]. Stage 1 multiplies: a task is a block of outputs
// of a phase and a share of the panels. It gathers [vector of channels, tap, output, lane], some vectors at a time, which the cache then holds.
#include "forward_product.h"
#include "phase_product.h"
#include "plane_columns.h"
#include "point_products.h"

namespace convgrad {

// The turned image and the packed weights of one product of `phases`.
template <class T>
struct TurnedProduct {
  GatherProduct<T> product;
  i32 batch;
  const T* turned;
  const T* packed;

  i32 vectors() const { return (product.channels + lanes<T> - 1) / lanes<T>; }
  i32 sourcePlaces() const { return batch * product.gather.sourceVolume(); }
  // From vector to vector of channels: behind the last place there is one of zeros.
  i32 turnedStride() const { return (sourcePlaces() + 1) * lanes<T>; }
  i32 outputsAnImage() const { return product.gather.out[0] * product.gather.out[1] * product.gather.out[2]; }
};

// Items [first, end) of images x vectors of channels.
template <class T>
void turnImages(const GatherProduct<T>& product, i32 batch, T* turned, i32 first, i32 end) {
  const i32 volume = product.gather.sourceVolume(), vectors = (product.channels + lanes<T> - 1) / lanes<T>;
  const i32 stride = (batch * volume + 1) * lanes<T>;
  for (i32 item = first; item < end; ++item) {
    const i32 image = item / vectors, vector = item % vectors;
    const T* planes[lanes<T>];
    Vector<T> isThere = {};
    for (i32 lane = 0; lane < lanes<T>; ++lane) {
      const i32 channel = vector * lanes<T> + lane;
      planes[lane] = product.source + image * product.sourceImageStride + minimum(channel, product.channels - 1) * volume;
      isThere[lane] = channel < product.channels ? T(1) : T(0);
    }
    const bool isWhole = (vector + 1) * lanes<T> <= product.channels;
    T* to = turned + vector * stride + image * volume * lanes<T>;
    for (i32 place = 0; place < volume; place += 4, to += 4 * lanes<T>) {
      Vector<T> line[4];
      loadAcross<T>(planes, place, line);
      if (!isWhole) {
        CONVGRAD_UNROLL
        for (i32 k = 0; k < 4; ++k) line[k] = isThere > Vector<T>{} ? line[k] : Vector<T>{};
      }
      for (i32 k = 0; k < minimum(4, volume - place); ++k) store(to + k * lanes<T>, line[k]);
    }
    if (image == batch - 1) store(turned + (vector + 1) * stride - lanes<T>, Vector<T>{});
  }
}

// Where a tap of the kernel lies among the packed weights: in the phase that begins at `start`, of `taps` taps, as number `index` of these.
struct PackedTap {
  i32 start, taps, index;
};

// Items [first, end) of vectors of rows x vectors of channels.
template <class T>
void packTaps(const GatherProduct<T>& product, const PackedTap* places, T* packed, i32 first, i32 end) {
  const WeightView& view = product.weightView;
  const i32 taps = view.kernel[0] * view.kernel[1] * view.kernel[2];
  const i32 vectors = (product.channels + lanes<T> - 1) / lanes<T>;
  const RowTiles panels = rowPanels<T>(product.rows);
  // The taps of all channels of a row follow each other, or those of one.
  const bool isRun = view.channelStep == taps;
  for (i32 item = first; item < end; ++item) {
    const i32 row = item / vectors, vector = item % vectors, channel = vector * lanes<T>;
    const i32 panel = panels.tileOf(row), firstRow = panels.start(panel), columns = panels.height(panel) * lanes<T>;
    const auto placeOf = [&](i32 tap, i32 own) {
      const PackedTap& at = places[tap];
      const i32 depth = at.taps * vectors * lanes<T>;
      const i32 term = (vector * at.taps + at.index) * lanes<T> + own;
      return packed + at.start + firstRow * lanes<T> * depth + term * columns + (row - firstRow) * lanes<T>;
    };
    const i32 channels = minimum(lanes<T>, product.channels - channel);
    const i32 length = isRun ? channels * taps : taps;
    for (i32 run = 0; run < (isRun ? 1 : channels); ++run) {
      const T* weights[lanes<T>];
      for (i32 lane = 0; lane < lanes<T>; ++lane) {
        weights[lane] = product.weight + minimum(row * lanes<T> + lane, product.rows - 1) * view.rowStep + (channel + run) * view.channelStep;
      }
      i32 tap = 0, own = run;
      for (i32 i = 0; i < length; i += 4) {
        Vector<T> line[4];
        loadAcross<T>(weights, i, line);
        for (i32 k = 0; k < minimum(4, length - i); ++k) {
          store(placeOf(tap, own), line[k]);
          if (++tap == taps) {
            tap = 0;
            ++own;
          }
        }
      }
    }
    for (i32 own = channels; own < lanes<T>; ++own) {
      for (i32 tap = 0; tap < taps; ++tap) store(placeOf(tap, own), Vector<T>{});
    }
  }
}

// sources[tap, output] = the place of the turned image that outputs [first, end) read, each tap's `width` behind the one before.
inline void listSources(const Gather& gather, i32 outputs, i32 noPlace, i32 first, i32 end, i32* sources, i32 width) {
  for (i32 output = first; output < end; ++output, ++sources) {
    const i32 image = output / outputs;
    i32 at[3], rest = output - image * outputs;
    for (i32 d = 2; d >= 0; --d) {
      at[d] = gather.first[d] + rest % gather.out[d] * gather.stride[d];
      rest /= gather.out[d];
    }
    const auto isInside = [&](i32 place, i32 d) { return place >= 0 && place < gather.source[d]; };
    i32* to = sources;
    for (i32 i = 0, z = at[0]; i < gather.taps[0]; ++i, z += gather.tapStep[0]) {
      for (i32 j = 0, y = at[1]; j < gather.taps[1]; ++j, y += gather.tapStep[1]) {
        const i32 row = ((image * gather.source[0] + z) * gather.source[1] + y) * gather.source[2];
        const bool isRow = isInside(z, 0) && isInside(y, 1);
        for (i32 k = 0, x = at[2]; k < gather.taps[2]; ++k, x += gather.tapStep[2], to += width) *to = isRow && isInside(x, 2) ? row + x : noPlace;
      }
    }
  }
}

// targets[output] = the place of outputs [first, end) in the target, for its first row.
template <class T>
void listTargets(const GatherProduct<T>& product, i32 outputs, i32 first, i32 end, i32* targets) {
  const Placement& place = product.placement;
  for (i32 output = first; output < end; ++output) {
    const i32 image = output / outputs;
    i32 rest = output - image * outputs, to = image * product.targetImageStride;
    for (i32 d = 2, size = 1; d >= 0; --d) {
      to += (place.origin[d] + rest % product.gather.out[d] * place.step[d]) * size;
      rest /= product.gather.out[d];
      size *= place.size[d];
    }
    *targets++ = to;
  }
}

// Sums [output, lane] of a vector of rows, `step` apart, in their places. Outputs of an image that fill the target lie side by side.
template <class T>
[[gnu::noinline]] void placeOutputs(const GatherProduct<T>& product, i32 row, const i32* targets, i32 count, bool fillsTarget, const T* sums, i32 step) {
  const PlaneVector<T> planes = planeVector<T>(product, row, product.targetRowStride());
  i32 output = 0;
  if (fillsTarget) {
    while (output < count) {
      Vector<T> line[4];
      CONVGRAD_UNROLL
      for (i32 k = 0; k < 4; ++k) line[k] = load(sums + (output + k) * step) + planes.bias;
      T* const to = product.target + targets[output];
      i32 some = 1;
      while (some < 4 && output + some < count && targets[output + some] == targets[output] + some) ++some;
      withConstant<1, 4>(some, [&]<i32 number>(Constant<number>) { storeAcross<number, T>(line, to, planes.offsets); });
      output += some;
    }
    return;
  }
  for (; output < count; ++output) {
    T numbers[lanes<T>];
    store(numbers, load(sums + output * step) + planes.bias);
    T* const to = product.target + targets[output];
    CONVGRAD_UNROLL
    for (i32 lane = 0; lane < lanes<T>; ++lane) to[planes.offsets[lane]] = numbers[lane];
  }
}

// Outputs [first, end) of a product, for a share of its panels.
template <class T>
void multiplyOutputs(const ChannelsLastArgs<T>& args, const TurnedProduct<T>& turned, i32 first, i32 end, i32 firstPanel, i32 endPanel, T* memory) {
  const GatherProduct<T>& product = turned.product;
  const i32 count = end - first, width = (count + winogradRows - 1) / winogradRows * winogradRows;
  const i32 taps = product.gather.tapCount(), termVectors = turned.vectors() * taps;
  const RowTiles panels = rowPanels<T>(product.rows);
  const TileOrder order = TileOrder::whole(count);
  T* const inputs = memory;
  T* const sums = inputs + args.vectorsTogether * width * lanes<T>;
  i32* const sources = reinterpret_cast<i32*>(sums + (panels.start(endPanel) - panels.start(firstPanel)) * lanes<T> * width + 4 * winogradVectors * lanes<T>);
  i32* const targets = sources + product.gather.tapCount() * count;
  listSources(product.gather, turned.outputsAnImage(), turned.sourcePlaces(), first, end, sources, count);
  listTargets(product, turned.outputsAnImage(), first, end, targets);
  if (termVectors == 0) fillZero(sums, (panels.start(endPanel) - panels.start(firstPanel)) * lanes<T> * width);
  for (i32 vector = 0; vector < termVectors; vector += args.vectorsTogether) {
    const i32 together = minimum(args.vectorsTogether, termVectors - vector);
    for (i32 i = 0; i < together; ++i) {
      const T* from = turned.turned + (vector + i) / taps * turned.turnedStride();
      const i32* const places = sources + (vector + i) % taps * count;
      T* const to = inputs + i * width * lanes<T>;
      for (i32 output = 0; output < count; ++output) store(to + output * lanes<T>, load(from + places[output] * lanes<T>));
      clearTiles<T>(to, 0, 1, order, width);
    }
    multiplyPoints<T>({inputs, 0, width, turned.packed, 0, termVectors * lanes<T>, vector * lanes<T>, sums, 0, width, order, together * lanes<T>, 1,
                       vector > 0},
                      panels, firstPanel, endPanel);
  }
  const bool fills = fillsTarget(product);
  const T* from = sums;
  for (i32 panel = firstPanel; panel < endPanel; ++panel) {
    const i32 columns = panels.height(panel) * lanes<T>;
    for (i32 column = 0; column < columns; column += lanes<T>) {
      placeOutputs(product, panels.start(panel) * lanes<T> + column, targets, count, fills, from + column, columns);
    }
    from += width * columns;
  }
}

// What is read and written has other names in the two directions.
template <class T>
struct NamedForward : ChannelsLastArgs<T> {
  const T* x;
  T* y;
};
template <class T>
struct NamedAdjoint : ChannelsLastArgs<T> {
  const T* gradOutput;
  T* x;
};

template <class T>
GatherProduct<T> productOf(const ChannelsLastArgs<T>& args, i32 phase) {
  if (args.transposed) return phaseProduct<T>(NamedAdjoint<T>{{args}, args.source, args.target}, 0, phase);
  return forwardProduct<T>(NamedForward<T>{{args}, args.source, args.target}, 0);
}

template <class T>
void channelsLast(const ChannelsLastArgs<T>& args, Task task) {
  const i32 phases = args.transposed ? args.stride[0] * args.stride[1] * args.stride[2] : 1;
  const GatherProduct<T> whole = productOf(args, 0);
  const i32 vectors = (whole.channels + lanes<T> - 1) / lanes<T>;
  const i32 paddedRows = (whole.rows + lanes<T> - 1) / lanes<T> * lanes<T>, tapWeights = paddedRows * vectors * lanes<T>;
  T* const memory = scratchOf<T>(args, task);
  if (args.stage == 0 && task.index < args.turnTasks) {
    const i32 items = args.batch * vectors;
    return turnImages<T>(whole, args.batch, args.turned, shareStart(items, task.index, args.turnTasks), shareStart(items, task.index + 1, args.turnTasks));
  }
  if (args.stage == 0) {
    PackedTap* const places = reinterpret_cast<PackedTap*>(memory);
    for (i32 phase = 0, start = 0; phase < phases; ++phase) {
      const GatherProduct<T> product = productOf(args, phase);
      const i32* taps = product.gather.taps;
      const i32 count = product.gather.tapCount();
      for (i32 i = 0; i < count; ++i) {
        places[product.weightView.tap(i / taps[2] / taps[1], i / taps[2] % taps[1], i % taps[2])] = {start, count, i};
      }
      start += count * tapWeights;
    }
    const i32 items = paddedRows / lanes<T> * vectors, tasks = task.count - args.turnTasks, index = task.index - args.turnTasks;
    return packTaps<T>(whole, places, args.packed, shareStart(items, index, tasks), shareStart(items, index + 1, tasks));
  }
  const i32 phase = task.index / args.rowParts / args.blocks, rowPart = task.index % args.rowParts;
  const i32 packedBefore = args.transposed ? tapsBefore(args, phase) * tapWeights : 0;
  const TurnedProduct<T> turned = {productOf(args, phase), args.batch, args.turned, args.packed + packedBefore};
  const i32 outputs = args.batch * turned.outputsAnImage();
  const i32 first = task.index / args.rowParts % args.blocks * args.blockOutputs, end = minimum(first + args.blockOutputs, outputs);
  const i32 panels = rowPanels<T>(whole.rows).count;
  const i32 firstPanel = shareStart(panels, rowPart, args.rowParts), endPanel = shareStart(panels, rowPart + 1, args.rowParts);
  if (first < end && firstPanel < endPanel) multiplyOutputs(args, turned, first, end, firstPanel, endPanel, memory);
}

}  // namespace convgrad
