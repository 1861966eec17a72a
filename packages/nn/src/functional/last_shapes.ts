import { type Shape, sameShape } from '@convgrad/core';

/** What a layer computed for the shapes that it saw last: in training they are the same in every step. */
export class LastShapes<T extends object> {
  private shapes: readonly Shape[] = [];
  private value: T | null = null;

  /** What was kept for these very shapes, or null. */
  recall(first: Shape, second: Shape = first): T | null {
    if (this.value === null || !sameShape(first, this.shapes[0]) || !sameShape(second, this.shapes[1])) return null;
    return this.value;
  }

  /** Keeps a value in place of the last, and returns it. */
  keep(value: T, first: Shape, second: Shape = first): T {
    this.shapes = [first, second];
    this.value = value;
    return value;
  }
}
