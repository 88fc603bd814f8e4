/** The wasm decoders print every damaged frame to the console, across the progress bar; what matters they also return. */

const original = { error: console.error, warn: console.warn };
let running = 0;

/** Run a decoder with console.error and console.warn muted until it has settled; runs may overlap. */
export async function silenced<T>(run: () => T | Promise<T>): Promise<T> {
  if (running++ === 0) {
    Object.assign(original, { error: console.error, warn: console.warn });
    Object.assign(console, { error: () => {}, warn: () => {} });
  }
  try {
    return await run();
  } finally {
    if (--running === 0) Object.assign(console, original);
  }
}
