/** What fit.ts asks its child process (fit-child.ts), and what that answers. */

export interface Question {
  /** onnxruntime-web's, with its memory made plain. */
  wasm: string;
  /** Files of the graphs that are opened before the tower. */
  graphs: readonly string[];
  tower: string;
  input: string;
  output: string;
  /** Of one item, without N. */
  inputShape: readonly number[];
  request?: LargestRequest;
}

/** The sizes of the largest calls that functions/ground.ts makes of the engine. */
export interface LargestRequest {
  frames: number;
  frameWidth: number;
  segments: number;
  /** Tracks whose relevance is computed by one call. */
  candidates: number;
}

export interface Found {
  /** How far the memory has grown. */
  heapBytes: number;
  msPerRun?: number;
  /** What went wrong, and where. */
  failed?: { doing: string; error: string };
}
