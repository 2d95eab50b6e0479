/** What a request may name at most. */
const atOnce = 1000;

/** Parts of a list that are each small enough for one request. */
export function* inPortions<T>(all: readonly T[], most = atOnce): Generator<T[]> {
  for (let at = 0; at < all.length; at += most) yield all.slice(at, at + most);
}
