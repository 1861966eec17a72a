import { ArgumentError, flip, permute, printShape, ShapeError, type Tensor, viewAs } from '@convgrad/core';

/*
 * Orders of the channels of an offset [N, rank * offsetGroups * K, spatial..] with K taps:
 *
 *   interleaved (ours, torchvision's):  group, tap, coordinate     y0 x0 y1 x1 ..
 *   blocked:                            group, coordinate, tap     y0 y1 .. x0 x1 ..
 *   xy:                                 group, tap, coordinate backwards     x0 y0 x1 y1 ..
 */

/** How the channels of a blocked offset are grouped. */
export interface BlockedOffsetOptions {
  /**
   * Into how many groups the blocks are divided, each with all y before all x. Default 1: all y of all offset groups and taps stand
   * before all x.
   */
  readonly offsetGroups?: number;
}

/**
 * The offset of a deformable convolution from one in which all y offsets stand before all x offsets (all z, all y, all x in 3-D).
 *
 * @param offset [N, rank * offsetGroups * K, spatial..], blocked
 * @returns the same shape, for each tap the y offset and then the x offset
 * @throws ShapeError if the channels do not divide; ArgumentError if `offsetGroups` is no whole number
 * @example offsetFromBlocked(tensor([[[[1]], [[2]], [[30]], [[40]]]])) // [[[[1]], [[30]], [[2]], [[40]]]]: two taps
 */
export function offsetFromBlocked(offset: Tensor, { offsetGroups = 1 }: BlockedOffsetOptions = {}): Tensor {
  const { batch, rank, taps, spatial } = channelsOf('offsetFromBlocked', offset, offsetGroups);
  return viewAs(permute(viewAs(offset, [batch, offsetGroups, rank, taps, spatial]), [0, 1, 3, 2, 4]), offset.shape);
}

/**
 * The offset of a deformable convolution with all y offsets before all x offsets: the inverse of `offsetFromBlocked`.
 *
 * @param offset [N, rank * offsetGroups * K, spatial..], for each tap the y offset and then the x offset
 * @returns the same shape, blocked
 * @throws ShapeError if the channels do not divide; ArgumentError if `offsetGroups` is no whole number
 * @example offsetToBlocked(tensor([[[[1]], [[30]], [[2]], [[40]]]])) // [[[[1]], [[2]], [[30]], [[40]]]]: two taps
 */
export function offsetToBlocked(offset: Tensor, { offsetGroups = 1 }: BlockedOffsetOptions = {}): Tensor {
  const { batch, rank, taps, spatial } = channelsOf('offsetToBlocked', offset, offsetGroups);
  return viewAs(permute(viewAs(offset, [batch, offsetGroups, taps, rank, spatial]), [0, 1, 3, 2, 4]), offset.shape);
}

/**
 * The offset of a deformable convolution from one with the x offset before the y offset of each tap (x, y, z in 3-D).
 *
 * @param offset [N, rank * offsetGroups * K, spatial..]
 * @returns the same shape, for each tap the y offset and then the x offset
 * @throws ShapeError if the channels do not divide
 * @example offsetFromXY(tensor([[[[30]], [[1]]]])) // [[[[1]], [[30]]]]
 */
export function offsetFromXY(offset: Tensor): Tensor {
  return reverseCoordinates('offsetFromXY', offset);
}

/**
 * The offset of a deformable convolution with the x offset before the y offset of each tap: the inverse of `offsetFromXY`.
 *
 * @param offset [N, rank * offsetGroups * K, spatial..], for each tap the y offset and then the x offset
 * @returns the same shape
 * @throws ShapeError if the channels do not divide
 * @example offsetToXY(tensor([[[[1]], [[30]]]])) // [[[[30]], [[1]]]]
 */
export function offsetToXY(offset: Tensor): Tensor {
  return reverseCoordinates('offsetToXY', offset);
}

function reverseCoordinates(name: string, offset: Tensor): Tensor {
  const { batch, rank, taps, spatial } = channelsOf(name, offset, 1);
  return viewAs(flip(viewAs(offset, [batch, taps, rank, spatial]), 2), offset.shape);
}

function channelsOf(name: string, offset: Tensor, offsetGroups: number) {
  if (!Number.isInteger(offsetGroups) || offsetGroups < 1) {
    throw new ArgumentError(`${name}: offsetGroups must be a whole number of at least 1, got ${offsetGroups}`);
  }
  const rank = offset.ndim - 2;
  if (rank < 1 || rank > 3) {
    throw new ShapeError(`${name}: offset must be [N, channels, one to three spatial dimensions], got ${printShape(offset.shape)}`);
  }
  const [batch, channels, ...spatial] = offset.shape;
  if (channels % (rank * offsetGroups) !== 0) {
    throw new ShapeError(
      `${name}: the ${channels} channels of offset ${printShape(offset.shape)} do not divide into ${offsetGroups} groups of ${rank} coordinates`,
    );
  }
  const positions = spatial.reduce((product, length) => product * length, 1);
  return { batch, rank, taps: channels / rank / offsetGroups, spatial: positions };
}
