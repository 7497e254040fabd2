import * as fc from "fast-check";

/** fc.assert for properties without promises: nothing to await, and the linter knows it. */
export const holds: <T>(property: fc.IProperty<T>, parameters?: fc.Parameters<T>) => void = fc.assert;
