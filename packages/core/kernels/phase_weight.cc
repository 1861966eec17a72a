// weight = the gradient by its weight of a convolution as phase_conv.cc has it, as sums over tiles: see there, and winograd_weight.cc.
//
// Stage 0: a task is a share of the rows, sixteen at a time, a share of the panels of the input's channels and their phases, and a part of the
// tiles. Chunk by chunk it transforms the cotangents of its rows, then, panel by panel, the inputs, multiplies, and maps the sums back to taps,
// which it adds up. All but these lies in the worker's own memory. Stage 1 adds the parts' taps in order; its tasks are shares of the rows.
#include "phase_tiles.h"
#include "weight_blocks.h"

namespace convgrad {

inline constexpr i32 rowUnit = 16;
static_assert(weightVectors<f32> >= longestStride);

template <class T>
struct PhaseWeight {
  const PhaseWeightArgs<T>& args;
  PhaseGrid inputs, cotangents;
  i32 points, taps;
  // Vectors of the input's channels, one for each row of phases; each is as many vectors as there are columns of phases.
  i32 units;

  explicit PhaseWeight(const PhaseWeightArgs<T>& args) : args(args) {
    setAxis(1, inputs.y, cotangents.y);
    setAxis(2, inputs.x, cotangents.x);
    points = inputs.y.side * inputs.x.side;
    taps = args.taps[1] * args.taps[2];
    units = (args.channels + lanes<T> - 1) / lanes<T> * inputs.y.step;
  }
  i32 vectors() const { return units * inputs.x.step; }
  RowTiles panels() const { return RowTiles(units, weightVectors<T> / inputs.x.step); }
  // The taps of a part: [row, vector, tap of the phase, lane].
  T* tapsOf(i32 part, i32 row) const { return args.partial + (part * args.rows + row) * vectors() * taps * lanes<T>; }

 private:
  void setAxis(i32 d, PhaseAxis& input, PhaseAxis& cotangent) const {
    const i32 outputs = outputsOf(args.taps[d]);
    const i32 tiles = (args.outSize[d] + outputs - 1) / outputs;
    input = {args.inSize[d], args.padding[d], args.stride[d], tiles, outputs, placesOf(args.taps[d])};
    cotangent = {args.outSize[d], 0, 1, tiles, outputs, outputs};
  }
};

// A task's rows [firstRow, endRow), panels, tiles, and memory; what one point leaves to the next has a stride.
template <class T>
struct PhaseWeightTask {
  const PhaseWeight<T>& weight;
  const PhaseWeightArgs<T>& args;
  i32 part, firstRow, endRow, firstPanel, endPanel, firstTile, tiles;
  T *transformedInputs, *transformedCotangents, *sums, *strip;

  PhaseWeightTask(const PhaseWeight<T>& weight, const Task& task) : weight(weight), args(weight.args) {
    const i32 rowUnits = (args.rows + rowUnit - 1) / rowUnit;
    const i32 rowPart = task.index % args.rowParts;
    const i32 panelPart = task.index / args.rowParts % args.panelParts;
    part = task.index / args.rowParts / args.panelParts;
    firstRow = shareStart(rowUnits, rowPart, args.rowParts) * rowUnit;
    endRow = minimum(shareStart(rowUnits, rowPart + 1, args.rowParts) * rowUnit, args.rows);
    firstPanel = shareStart(weight.panels().count, panelPart, args.panelParts);
    endPanel = shareStart(weight.panels().count, panelPart + 1, args.panelParts);
    const i32 allTiles = args.batch * weight.inputs.tilesAnImage();
    firstTile = shareStart(allTiles, part, args.tileParts);
    tiles = shareStart(allTiles, part + 1, args.tileParts) - firstTile;
    transformedCotangents = reinterpret_cast<T*>(static_cast<u8*>(args.scratch) + task.worker * args.scratchStride);
    transformedInputs = transformedCotangents + weight.points * args.cotangentStride;
    sums = transformedInputs + weight.points * args.inputStride;
    strip = sums + weight.points * args.sumStride;
  }

  // [block of weightRows, tile, row of the block] for each point.
  template <i32 down, i32 along>
  void transformCotangents(i32 first, i32 end) const {
    using Rows = typename PhaseMaps<down>::Cotangent;
    using Columns = typename PhaseMaps<along>::Cotangent;
    const i32 count = end - first, pitch = weight.cotangents.columns() * lanes<T>;
    for (i32 row = firstRow; row < endRow; row += lanes<T>) {
      T* to = transformedCotangents + (row - firstRow) * count;
      forEachPhaseTile<T>(args.gradOutput, args.rows, row, 0, weight.cotangents, first, end, strip, [&](i32 index, const T* square) {
        mapTileOf<Rows, Columns, T, weightRows<T>>(square, pitch, Constant<1>{}, to + index * weightRows<T>, args.cotangentStride,
                                                   count * weightRows<T>);
      });
    }
  }

  // [tile, column of the panel] for each point.
  template <i32 down, i32 along, i32 phases>
  void transformInputs(i32 firstUnit, i32 units, i32 first, i32 end) const {
    using Rows = typename PhaseMaps<down>::Input;
    using Columns = typename PhaseMaps<along>::Input;
    const i32 width = units * phases * lanes<T>, pitch = weight.inputs.columns() * lanes<T>;
    for (i32 unit = 0; unit < units; ++unit) {
      T* to = transformedInputs + unit * phases * lanes<T>;
      const i32 channel = (firstUnit + unit) / weight.inputs.y.step * lanes<T>;
      const i32 rowPhase = (firstUnit + unit) % weight.inputs.y.step;
      forEachPhaseTile<T>(args.x, args.channels, channel, rowPhase, weight.inputs, first, end, strip, [&](i32 index, const T* square) {
        for (i32 phase = 0; phase < phases; ++phase) {
          T* at = to + index * width + phase * lanes<T>;
          mapTileOf<Rows, Columns, T, lanes<T>>(square + phase * lanes<T>, pitch, Constant<phases>{}, at, args.inputStride, 0);
        }
      });
    }
  }

  // [row, column of the panel] for each point.
  template <i32 vectors>
  void multiply(i32 count) const {
    const i32 blocks = (endRow - firstRow + weightRows<T> - 1) / weightRows<T>;
    for (i32 point = 0; point < weight.points; ++point) {
      multiplyBlocks<T, vectors>(transformedCotangents + point * args.cotangentStride, weightRows<T> * count, blocks,
                                 transformedInputs + point * args.inputStride, count, sums + point * args.sumStride);
    }
  }
};

// to[tap, lane] = the taps of a vector of sums, or the same added.
template <class T, i32 down, i32 along>
[[gnu::noinline]] void mapPhaseSums(const T* sums, i32 stride, T* to, bool accumulate) {
  constexpr i32 high = placesOf(down), wide = placesOf(along);
  mapRectangle<typename PhaseMaps<down>::WeightGradient, typename PhaseMaps<along>::WeightGradient, T>(
      [&](i32 j, Vector<T>(&line)[high]) {
        CONVGRAD_UNROLL
        for (i32 i = 0; i < high; ++i) line[i] = load(sums + (i * wide + j) * stride);
      },
      [&](i32 i, const Vector<T>(&line)[along]) {
        CONVGRAD_UNROLL
        for (i32 j = 0; j < along; ++j) {
          T* tap = to + (i * along + j) * lanes<T>;
          store(tap, accumulate ? load(tap) + line[j] : line[j]);
        }
      });
}

template <class T, i32 down, i32 along, i32 phases>
void sumPhaseTiles(const PhaseWeightTask<T>& task) {
  constexpr i32 taps = down * along;
  const PhaseWeightArgs<T>& args = task.args;
  const RowTiles panels = task.weight.panels();
  for (i32 chunk = 0; chunk < args.chunks; ++chunk) {
    const i32 first = task.firstTile + shareStart(task.tiles, chunk, args.chunks);
    const i32 end = task.firstTile + shareStart(task.tiles, chunk + 1, args.chunks);
    task.template transformCotangents<down, along>(first, end);
    for (i32 panel = task.firstPanel; panel < task.endPanel; ++panel) {
      task.template transformInputs<down, along, phases>(panels.start(panel), panels.height(panel), first, end);
      withConstant<1, weightVectors<T> / phases>(panels.height(panel), [&]<i32 units>(Constant<units>) {
        constexpr i32 vectors = units * phases;
        task.template multiply<vectors>(end - first);
        for (i32 row = task.firstRow; row < task.endRow; ++row) {
          const T* sums = task.sums + (row - task.firstRow) * vectors * lanes<T>;
          T* to = task.weight.tapsOf(task.part, row) + panels.start(panel) * phases * taps * lanes<T>;
          for (i32 v = 0; v < vectors; ++v) mapPhaseSums<T, down, along>(sums + v * lanes<T>, args.sumStride, to + v * taps * lanes<T>, chunk > 0);
        }
      });
    }
  }
}

// The kernel's taps are those of the phases by turns. Lanes behind the last channel are copies of it: they go to the same place.
template <class T, i32 down, i32 along>
void addPhaseParts(const PhaseWeight<T>& weight, const Task& task) {
  constexpr i32 tapsAPhase = down * along;
  const PhaseWeightArgs<T>& args = weight.args;
  const i32 high = args.kernelSize[1], wide = args.kernelSize[2];
  const i32 rowPhases = weight.inputs.y.step, columnPhases = weight.inputs.x.step;
  const i32 vectors = weight.vectors();
  const i32 partStep = args.rows * vectors * tapsAPhase * lanes<T>;
  const i32 endRow = shareStart(args.rows, task.index + 1, task.count);
  for (i32 row = shareStart(args.rows, task.index, task.count); row < endRow; ++row) {
    for (i32 vector = 0; vector < vectors; vector += rowPhases * columnPhases) {
      const T* sums = weight.tapsOf(0, row) + vector * tapsAPhase * lanes<T>;
      const i32 channel = vector / (rowPhases * columnPhases) * lanes<T>;
      i32 offsets[lanes<T>];
      for (i32 lane = 0; lane < lanes<T>; ++lane) offsets[lane] = minimum(channel + lane, args.channels - 1) * high * wide;
      for (i32 y = 0; y < high; ++y) {
        T* to = args.weight + row * args.channels * high * wide + y * wide;
        const T* rowSums = sums + (y % rowPhases * columnPhases * tapsAPhase + y / rowPhases * along) * lanes<T>;
        for (i32 x = 0; x < wide; x += 4) {
          Vector<T> line[4] = {};
          for (i32 k = 0; k < 4 && x + k < wide; ++k) {
            const T* tap = rowSums + ((x + k) % columnPhases * tapsAPhase + (x + k) / columnPhases) * lanes<T>;
            for (i32 part = 0; part < args.tileParts; ++part) line[k] += load(tap + part * partStep);
          }
          withConstant<1, 4>(minimum(wide - x, 4), [&]<i32 count>(Constant<count>) { storeAcross<count, T>(line, to + x, offsets); });
        }
      }
    }
  }
}

template <class T>
void phaseWeight(const PhaseWeightArgs<T>& args, Task task) {
  const PhaseWeight<T> weight(args);
  withTaps(args.taps[1], args.taps[2], [&]<i32 down, i32 along>(Constant<down>, Constant<along>) {
    if (args.stage == 1) return addPhaseParts<T, down, along>(weight, task);
    withConstant<1, longestStride>(weight.inputs.x.step, [&]<i32 phases>(Constant<phases>) {
      sumPhaseTiles<T, down, along, phases>(PhaseWeightTask<T>(weight, task));
    });
  });
}

}  // namespace convgrad
