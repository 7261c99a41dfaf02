/** `T` with optional keys in place of those whose value can be undefined. */
type Defined<T> = { [K in keyof T as undefined extends T[K] ? never : K]: T[K] } & {
  [K in keyof T as undefined extends T[K] ? K : never]?: Exclude<T[K], undefined>;
};

/**
 * The entries whose value is not undefined: `{ ...defined({ reason }) }` has no key `reason` if there is none. With
 * `exactOptionalPropertyTypes` an optional property does not accept `undefined`.
 */
export const defined = <T extends object>(values: T): Defined<T> =>
  Object.fromEntries(Object.entries(values).filter(([, value]) => value !== undefined)) as Defined<T>;
