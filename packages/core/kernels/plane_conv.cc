// A convolution and its adjoint by the input plane by plane, for few channels a group: depthwise and thin layers, which have too few
// rows or columns for packed panels. Planes are walked down where they lie (walked_plane.h), copied and walked down (square_walk.h), or copied and
// worked off by tiles (plane_product.h). Tasks are shares of all (image, group, block of outputs, share of the group's rows).
#include "forward_product.h"
#include "join_phases.h"
#include "phase_product.h"
#include "plane_product.h"
#include "square_walk.h"

namespace convgrad {

// The adjoint's outputs are interleaved from as many phases at most.
inline constexpr i32 mostPhases = 8;

// Phases `steps` in each dimension of products (one for a convolution), whose outputs are at most `out`.
template <class T>
struct PlaneTask {
  i32 steps[3];
  i32 out[3];
  i32 blockSize[3];
  PlanePlan<T> plans[mostPhases];
  T* scratch;

  i32 blocks(i32 d) const { return ceilDivide(out[d], blockSize[d]); }

  // Makes the plans, of which product(phase) gives the first group's, and keeps what is left of the memory.
  template <class Product>
  void prepare(T* memory, Product product) {
    i32* offsets = reinterpret_cast<i32*>(memory);
    for (i32 phase = 0; phase < steps[0] * steps[1] * steps[2]; ++phase) {
      plans[phase] = PlanePlan<T>(product(phase), blockSize, offsets);
      offsets += plans[phase].columnCount();
    }
    scratch = memory + (offsets - reinterpret_cast<i32*>(memory)) + lanes<T>;
  }

  // Rows [firstRow, endRow) of one block of one group of one image.
  void run(i32 image, i32 group, const i32* start, i32 firstRow, i32 endRow) const {
    for (i32 first = 0; first < steps[0] * steps[1] * steps[2]; first += steps[2]) runLine(plans + first, image, group, start, firstRow, endRow);
  }

  // Whether the planes can be walked one behind the other.
  bool walksThrough() const {
    bool isOne = steps[0] * steps[1] * steps[2] == 1 && plans[0].isWalked() && plans[0].walks.isOne;
    for (i32 d = 0; d < 3; ++d) isOne = isOne && blocks(d) == 1;
    return isOne;
  }

  // Whether walks down copies of the planes serve.
  bool walksSquares() const {
    return steps[0] * steps[1] * steps[2] == 1 && !plans[0].isWalked() && servesSquareWalks(plans[0].product, blockSize);
  }

 private:
  // The phases that share their rows of the result.
  void runLine(const PlanePlan<T>* line, i32 image, i32 group, const i32* start, i32 firstRow, i32 endRow) const {
    const GatherProduct<T>& product = line->product;
    const Placement& place = product.placement;
    const i32 weightStep = product.groupWeights();
    T* memory = scratch;
    i32 sizes[mostPhases][3];
    const T* planes[mostPhases];
    T* results[mostPhases];
    i32 widths[mostPhases];
    i32 depth = 0;
    for (i32 phase = 0; phase < steps[2]; ++phase) {
      const PlanePlan<T>& plan = line[phase];
      for (i32 d = 0; d < 3; ++d) sizes[phase][d] = minimum(blockSize[d], plan.product.gather.out[d] - start[d]);
      widths[phase] = maximum(sizes[phase][2], 0);
      planes[phase] = memory;
      const T* source = plan.product.source + image * product.sourceImageStride + group * product.channels * plan.product.gather.sourceVolume();
      if (plan.isWalked()) {
        planes[phase] = source;
      } else if (plan.columns.count > 0) {
        copyPlanes(memory, plan.shape, plan.product.gather, start, source, product.channels);
        memory += product.channels * plan.shape.channelStep;
        depth = maximum(depth, plan.columns.count * plan.columns.taps);
      }
      if (steps[2] > 1) {
        results[phase] = memory;
        memory += sizes[phase][0] * sizes[phase][1] * blockSize[2] + lanes<T>;
      }
    }
    if (sizes[0][0] <= 0 || sizes[0][1] <= 0) return;
    T* weights = memory;
    T* spare = memory + depth;
    for (i32 row = firstRow; row < endRow; ++row) {
      const T start0 = product.bias ? product.bias[group * product.rows + row] : T(0);
      T* volume = product.target + image * product.targetImageStride + (group * product.rows + row) * product.targetRowStride();
      const auto targetRow = [&](i32 z, i32 y) {
        const i32 slice = place.origin[0] + (start[0] + z) * place.step[0];
        return volume + (slice * place.size[1] + place.origin[1] + (start[1] + y) * place.step[1]) * place.size[2] + start[2] * place.step[2];
      };
      for (i32 phase = 0; phase < steps[2]; ++phase) {
        if (widths[phase] == 0) continue;
        const PlanePlan<T>& plan = line[phase];
        PlaneRows<T> target = {targetRow(0, 0), place.step[0] * place.size[1] * place.size[2], place.step[1] * place.size[2]};
        if (steps[2] > 1) target = {results[phase], sizes[phase][1] * blockSize[2], blockSize[2]};
        const T* weight = plan.product.weight + group * weightStep + row * product.weightView.rowStep;
        if (plan.isWalked()) {
          walkPlane(plan.product, plan.walks, planes[phase], weight, start0, start, sizes[phase], target, spare);
        } else {
          plan.packRow(weight, weights);
          tilePlane(plan, planes[phase], weights, start0, sizes[phase], target, spare);
        }
      }
      if (steps[2] == 1) continue;
      for (i32 z = 0; z < sizes[0][0]; ++z) {
        for (i32 y = 0; y < sizes[0][1]; ++y) {
          const T* rows[mostPhases];
          for (i32 phase = 0; phase < steps[2]; ++phase) rows[phase] = results[phase] + (z * sizes[0][1] + y) * blockSize[2];
          joinPhases(targetRow(z, y), rows, widths, steps[2]);
        }
      }
    }
  }
};

template <class T, class Args>
void runUnits(const Args& args, const Task& task, const PlaneTask<T>& planes, i32 rows) {
  const i32 blocks[3] = {planes.blocks(0), planes.blocks(1), planes.blocks(2)};
  const i32 units = args.batch * args.groups * blocks[0] * blocks[1] * blocks[2] * args.rowParts;
  const i32 first = shareStart(units, task.index, task.count), end = shareStart(units, task.index + 1, task.count);
  if (planes.walksThrough()) {
    const auto channelOf = [&](i32 unit) { return unit / args.rowParts * rows + shareStart(rows, unit % args.rowParts, args.rowParts); };
    return walkPlanes(planes.plans[0].product, planes.plans[0].walks, args.groups, channelOf(first), channelOf(end), planes.scratch);
  }
  if (planes.walksSquares()) return walkSquares(planes.plans[0].product, args.groups, planes.blockSize[1], first, end, planes.scratch);
  for (i32 unit = first; unit < end; ++unit) {
    const i32 part = unit % args.rowParts;
    i32 rest = unit / args.rowParts;
    i32 start[3];
    for (i32 d = 2; d >= 0; --d) {
      start[d] = rest % blocks[d] * planes.blockSize[d];
      rest /= blocks[d];
    }
    planes.run(rest / args.groups, rest % args.groups, start, shareStart(rows, part, args.rowParts), shareStart(rows, part + 1, args.rowParts));
  }
}

template <class T>
void planeConv(const PlaneConvArgs<T>& args, Task task) {
  PlaneTask<T> planes;
  for (i32 d = 0; d < 3; ++d) {
    planes.steps[d] = 1;
    planes.out[d] = args.outSize[d];
    planes.blockSize[d] = args.blockSize[d];
  }
  planes.prepare(scratchOf<T>(args, task), [&](i32) { return forwardProduct<T>(args, 0); });
  runUnits(args, task, planes, args.outChannels);
}

template <class T>
void planeInput(const PlaneInputArgs<T>& args, Task task) {
  PlaneTask<T> planes;
  for (i32 d = 0; d < 3; ++d) {
    planes.steps[d] = args.stride[d];
    planes.out[d] = ceilDivide(args.inSize[d], args.stride[d]);
    planes.blockSize[d] = args.blockSize[d];
  }
  planes.prepare(scratchOf<T>(args, task), [&](i32 phase) { return phaseProduct<T>(args, 0, phase); });
  runUnits(args, task, planes, args.inChannels);
}

}  // namespace convgrad
