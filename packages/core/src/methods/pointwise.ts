import type { DType } from '../kernels/dtype.ts';
import { cast } from '../ops/cast.ts';
import type { Operand } from '../ops/operands.ts';
import * as arithmetic from '../ops/pointwise/arithmetic.ts';
import * as compare from '../ops/pointwise/compare.ts';
import * as unary from '../ops/pointwise/unary.ts';
import { maskedFill } from '../ops/pointwise/where.ts';
import { attach } from './attach.ts';

declare module '../autograd/graph.ts' {
  /** Pointwise functions as methods: `x.exp()` is `exp(x)`, `x.add(y)` is `add(x, y)`. See the functions. */
  interface Tensor {
    neg(): Tensor;
    abs(): Tensor;
    sign(): Tensor;
    exp(): Tensor;
    expm1(): Tensor;
    log(): Tensor;
    log1p(): Tensor;
    log2(): Tensor;
    sqrt(): Tensor;
    rsqrt(): Tensor;
    square(): Tensor;
    reciprocal(): Tensor;
    sin(): Tensor;
    cos(): Tensor;
    tan(): Tensor;
    asin(): Tensor;
    acos(): Tensor;
    atan(): Tensor;
    sinh(): Tensor;
    cosh(): Tensor;
    tanh(): Tensor;
    sigmoid(): Tensor;
    relu(): Tensor;
    erf(): Tensor;
    floor(): Tensor;
    ceil(): Tensor;
    round(): Tensor;
    trunc(): Tensor;
    logicalNot(): Tensor;
    isNaN(): Tensor;
    isFinite(): Tensor;
    add(other: Operand): Tensor;
    sub(other: Operand): Tensor;
    mul(other: Operand): Tensor;
    div(other: Operand): Tensor;
    pow(other: Operand): Tensor;
    maximum(other: Operand): Tensor;
    minimum(other: Operand): Tensor;
    atan2(other: Operand): Tensor;
    eq(other: Operand): Tensor;
    ne(other: Operand): Tensor;
    lt(other: Operand): Tensor;
    le(other: Operand): Tensor;
    gt(other: Operand): Tensor;
    ge(other: Operand): Tensor;
    logicalAnd(other: Operand): Tensor;
    logicalOr(other: Operand): Tensor;
    logicalXor(other: Operand): Tensor;
    clamp(bounds: { readonly min?: number; readonly max?: number }): Tensor;
    maskedFill(mask: Tensor, value: Operand): Tensor;
    to(dtype: DType): Tensor;
  }
}

attach({
  neg() {
    return unary.neg(this);
  },
  abs() {
    return unary.abs(this);
  },
  sign() {
    return unary.sign(this);
  },
  exp() {
    return unary.exp(this);
  },
  expm1() {
    return unary.expm1(this);
  },
  log() {
    return unary.log(this);
  },
  log1p() {
    return unary.log1p(this);
  },
  log2() {
    return unary.log2(this);
  },
  sqrt() {
    return unary.sqrt(this);
  },
  rsqrt() {
    return unary.rsqrt(this);
  },
  square() {
    return unary.square(this);
  },
  reciprocal() {
    return unary.reciprocal(this);
  },
  sin() {
    return unary.sin(this);
  },
  cos() {
    return unary.cos(this);
  },
  tan() {
    return unary.tan(this);
  },
  asin() {
    return unary.asin(this);
  },
  acos() {
    return unary.acos(this);
  },
  atan() {
    return unary.atan(this);
  },
  sinh() {
    return unary.sinh(this);
  },
  cosh() {
    return unary.cosh(this);
  },
  tanh() {
    return unary.tanh(this);
  },
  sigmoid() {
    return unary.sigmoid(this);
  },
  relu() {
    return unary.relu(this);
  },
  erf() {
    return unary.erf(this);
  },
  floor() {
    return unary.floor(this);
  },
  ceil() {
    return unary.ceil(this);
  },
  round() {
    return unary.round(this);
  },
  trunc() {
    return unary.trunc(this);
  },
  logicalNot() {
    return compare.logicalNot(this);
  },
  isNaN() {
    return compare.isNaN(this);
  },
  isFinite() {
    return compare.isFinite(this);
  },
  add(other) {
    return arithmetic.add(this, other);
  },
  sub(other) {
    return arithmetic.sub(this, other);
  },
  mul(other) {
    return arithmetic.mul(this, other);
  },
  div(other) {
    return arithmetic.div(this, other);
  },
  pow(other) {
    return arithmetic.pow(this, other);
  },
  maximum(other) {
    return arithmetic.maximum(this, other);
  },
  minimum(other) {
    return arithmetic.minimum(this, other);
  },
  atan2(other) {
    return arithmetic.atan2(this, other);
  },
  eq(other) {
    return compare.eq(this, other);
  },
  ne(other) {
    return compare.ne(this, other);
  },
  lt(other) {
    return compare.lt(this, other);
  },
  le(other) {
    return compare.le(this, other);
  },
  gt(other) {
    return compare.gt(this, other);
  },
  ge(other) {
    return compare.ge(this, other);
  },
  logicalAnd(other) {
    return compare.logicalAnd(this, other);
  },
  logicalOr(other) {
    return compare.logicalOr(this, other);
  },
  logicalXor(other) {
    return compare.logicalXor(this, other);
  },
  clamp(bounds) {
    return unary.clamp(this, bounds);
  },
  maskedFill(mask, value) {
    return maskedFill(this, mask, value);
  },
  to(dtype) {
    return cast(this, dtype);
  },
});
