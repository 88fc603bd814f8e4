/** Run a tower's ONNX file once on made-up values, before anything is encoded with it. What it should take is said in tower-shapes.ts. */
import { openSession, type Session } from '../nn/session.ts';
import type { TowerShapes } from './tower-shapes.ts';

export interface Trial {
  /** Values per token. */
  width: number;
  /** One item, `threads` threads, the second run. */
  msPerRun: number;
  /** Whether two at once give what each gives alone. In a tower of bytes they need not: its steps are those of the call. */
  batches: boolean;
}

/** Of the largest value. */
const SAME = 1e-3;

/**
 * @param name of the file, for messages
 * @param inputShape of one item, without N
 * @throws Error in a sentence when onnxruntime refuses the file or this input, or what comes out are no tokens
 */
export async function tryTower(
  bytes: Uint8Array,
  name: string,
  shapes: TowerShapes,
  inputShape: readonly number[],
  threads: number,
): Promise<Trial> {
  const [, ...expected] = shapes.inputShape;
  if (
    expected.length !== inputShape.length ||
    expected.some((dim, i) => typeof dim === 'number' && dim !== inputShape[i])
  )
    throw new Error(
      `${name}: expected [${inputShape.join(', ')}] for one item, as it will be prepared, got a tower for [${expected.join(', ')}]. Choose another preparation.`,
    );
  const session = await openSession(bytes, { name, threads }).catch((error: Error) => {
    throw new Error(`${name}: expected a model that onnxruntime runs, got "${error.message}". Export it again.`);
  });
  try {
    const [one, other] = [ramp(inputShape, 255), ramp(inputShape, 100)];
    const first = await runOn(session, name, shapes, one, [1, ...inputShape]);
    const start = performance.now();
    const second = await runOn(session, name, shapes, other, [1, ...inputShape]);
    const msPerRun = performance.now() - start;
    const alone = joined(first, second);
    const both = joined(one, other);
    const batches = !shapes.fixedBatch && (await givesTheSame(session, shapes, both, [2, ...inputShape], alone));
    return { width: first.length, msPerRun, batches };
  } finally {
    await session.close();
  }
}

async function runOn(
  session: Session,
  name: string,
  { input, output, width }: TowerShapes,
  data: Float32Array,
  shape: readonly number[],
): Promise<Float32Array> {
  const { [output]: token } = await session.run({ [input]: { data, shape } }).catch((error: Error) => {
    throw new Error(
      `${name}: expected it to run on [${shape.join(', ')}], got "${error.message}". Choose another preparation, or export it again.`,
    );
  });
  if (token.shape.length !== 2 || token.shape[0] !== 1 || token.data.length !== (width ?? token.shape[1]))
    throw new Error(
      `${name}: expected [1, ${width ?? 'width'}] as output "${output}", got [${token.shape.join(', ')}]. Export it with one vector for each input.`,
    );
  const odd = token.data.find((value) => !Number.isFinite(value));
  if (odd !== undefined || token.data.length === 0)
    throw new Error(
      `${name}: expected finite values as output "${output}", got ${odd ?? 'none'}. Try the tower where it was trained, and export it again.`,
    );
  return token.data;
}

/** A tower whose graph has a 1 inside, where it should have N, refuses two or mixes them up. */
async function givesTheSame(
  session: Session,
  { input, output }: TowerShapes,
  data: Float32Array,
  shape: readonly number[],
  alone: Float32Array,
): Promise<boolean> {
  const made = await session.run({ [input]: { data, shape } }).catch(() => undefined);
  const both = made?.[output].data;
  const reach = alone.reduce((most, value) => Math.max(most, Math.abs(value)), 0);
  return both?.length === alone.length && both.every((value, i) => Math.abs(value - alone[i]) <= SAME * reach);
}

/** From -1 to 1 in `period` steps, again and again. */
function ramp(shape: readonly number[], period: number): Float32Array {
  const count = shape.reduce((product, size) => product * size, 1);
  return Float32Array.from({ length: count }, (_, i) => (2 * (i % period)) / (period - 1) - 1);
}

function joined(a: Float32Array, b: Float32Array): Float32Array {
  const out = new Float32Array(a.length + b.length);
  out.set(a);
  out.set(b, a.length);
  return out;
}
