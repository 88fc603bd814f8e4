/**
 * The one memory in which the picture decoders run, one after the other, and which never grows past a limit.
 *
 * It is emptied for each that takes it over: a module expects zeros where it has no data. offline/local-worker/codec-wasm.ts makes modules
 * that import it. What does not fit is an error of the decoder, and the end of one picture instead of the isolate.
 */
import { MOST_DECODER_BYTES } from '../embed/picture-work.ts';
import type { Workspace } from '../embed/workspace.ts';

const PAGE_BYTES = 65_536;
/** The larger minimum of the two modules. */
const INITIAL_PAGES = 258;

export interface Arena extends Workspace {
  /** To be given to an instance beside its other imports. */
  imports(): { env: { memory: WebAssembly.Memory } };
  heapBytes(): number;
}

export function createArena(): Arena {
  let memory: WebAssembly.Memory | undefined;
  let tenancy = 0;
  const made = (): WebAssembly.Memory => {
    memory ??= new WebAssembly.Memory({ initial: INITIAL_PAGES, maximum: MOST_DECODER_BYTES / PAGE_BYTES });
    return memory;
  };
  return {
    take() {
      const mine = ++tenancy;
      if (memory) new Uint8Array(memory.buffer).fill(0);
      return () => mine === tenancy;
    },
    imports: () => ({ env: { memory: made() } }),
    heapBytes: () => memory?.buffer.byteLength ?? 0,
  };
}
