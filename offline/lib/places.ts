/**
 * Where what is generated lies: in one folder that git ignores, outside the sources. wrangler.toml and the imports of functions/ name the same
 * places.
 */

/** The index that `wrangler dev` and `wrangler deploy` serve as static assets. */
export const BUNDLE = '.cuepoint/bundle';
/** What the Worker imports that is made and not written: WebAssembly of onnxruntime and of picture decoders, the page and its scripts. */
export const WORKER_PARTS = '.cuepoint/worker';
