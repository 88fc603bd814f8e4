/**
 * Read the bundle from the Worker's static assets and open it, once per isolate.
 *
 * Every file is checked against the manifest's size and sha256 before anything is made of it: an upload that was cut, or
 * half of an older one, is refused and never searched. What is kept is the opened index, not a promise of it: in workerd a
 * promise belongs to the request that made it, and stays unsettled for ever when that request is cancelled.
 */
import { type BundleFile, type Manifest, parseManifest } from '../../index/manifest.ts';
import { createEngine, createTower, type Graph } from '../engine.ts';
import { type OpenIndex, openIndex } from '../ground.ts';
import { Problem } from '../problem.ts';
import { openSession, type Session, tensor } from './ort.ts';

/** What is used of an assets binding. */
export interface Assets {
  fetch(url: string): Promise<Response>;
}

let opened: OpenIndex | undefined;
/** When the request that is opening the bundle last got on, in ms; 0 = none is. */
let openingSince = 0;
/** A request that has not got on for this long was cancelled, and another takes over. A file takes well under a second. */
const ABANDONED_MS = 5_000;

/**
 * The isolate's index, opened by the first request that needs it. Requests that come meanwhile wait by looking again, and
 * try for themselves when the first one failed; two at once would need the memory twice.
 * @throws Problem index-missing without a manifest, index-unusable when it does not fit this Worker or its files.
 */
export async function theIndex(assets: Assets): Promise<OpenIndex> {
  while (!opened && Date.now() - openingSince < ABANDONED_MS) await scheduler.wait(10);
  if (opened) return opened;
  try {
    opened = await openBundle(assets, () => {
      openingSince = Date.now();
    });
    return opened;
  } finally {
    openingSince = 0;
  }
}

const GRAPHS = ['enhanceVideo', 'relevance', 'moment'] as const satisfies readonly Graph[];

/**
 * @param onStep called before each file
 * @throws Problem as theIndex does
 */
export async function openBundle(assets: Assets, onStep: () => void = () => {}): Promise<OpenIndex> {
  const manifest = await readManifest(assets, onStep);
  const read = (file: BundleFile): Promise<ArrayBuffer> => {
    onStep();
    return readFile(assets, file);
  };
  const sessions: Partial<Record<Graph | 'imageTower', Session>> = {};
  try {
    // One after the other: the bytes of a graph are garbage once its session is made.
    for (const graph of GRAPHS) sessions[graph] = await openGraph(graph, await read(manifest.files[graph]));
    const { imageTower } = manifest.files;
    if (imageTower) sessions.imageTower = await openGraph('imageTower', await read(imageTower));
    const files = {
      hnsw: await read(manifest.files.hnsw),
      tokens: await read(manifest.files.tokens),
      catalogue: new TextDecoder().decode(await read(manifest.files.catalogue)),
    };
    const tower =
      manifest.tower && createTower(sessions.imageTower!, manifest.tower, manifest.encoders.image.width, tensor);
    const engine = createEngine(sessions as Record<Graph, Session>, tensor);
    return usable(() => openIndex(manifest, files, engine, tower));
  } catch (error) {
    for (const session of Object.values(sessions)) await session.release(); // or each failed try would keep its memory
    throw error;
  }
}

async function readManifest(assets: Assets, onStep: () => void): Promise<Manifest> {
  onStep();
  const response = await assets.fetch(assetUrl('manifest.json'));
  if (response.status === 404)
    throw new Problem(
      'index-missing',
      'index: expected a bundle in index/bundle, got none. Build one (npm run demo), then start or deploy the Worker again.',
    );
  const text = new TextDecoder().decode(await bodyOf(response, 'manifest.json'));
  return usable(() => parseManifest(text));
}

async function readFile(assets: Assets, { path, bytes, sha256 }: BundleFile): Promise<ArrayBuffer> {
  const response = await assets.fetch(assetUrl(path));
  if (response.status === 404) throw unusableIndex(`${path}: expected a file of the bundle, got none.`);
  const content = await bodyOf(response, path);
  if (content.byteLength !== bytes) throw unusableIndex(`${path}: expected ${bytes} bytes, got ${content.byteLength}.`);
  const hash = hex(await crypto.subtle.digest('SHA-256', content));
  if (hash !== sha256) throw unusableIndex(`${path}: expected sha256 ${sha256}, got ${hash}.`);
  return content;
}

async function openGraph(graph: Graph | 'imageTower', bytes: ArrayBuffer): Promise<Session> {
  try {
    return await openSession(new Uint8Array(bytes));
  } catch (cause) {
    throw unusableIndex(`graph "${graph}": expected one that onnxruntime runs, got another.`, cause);
  }
}

async function bodyOf(response: Response, path: string): Promise<ArrayBuffer> {
  if (!response.ok) throw new Error(`assets: expected ${path} with status 200, got ${response.status}.`);
  return response.arrayBuffer();
}

/** What the readers of index/ refuse is the index's fault. */
function usable<T>(open: () => T): T {
  try {
    return open();
  } catch (cause) {
    throw unusableIndex(cause instanceof Error ? cause.message : String(cause), cause);
  }
}

function unusableIndex(what: string, cause?: unknown): Problem {
  return new Problem('index-unusable', `index: ${what} Build the index again and deploy all of it.`, { cause });
}

/** The binding looks at the path only; the host is required by URL and never resolved. */
function assetUrl(path: string): string {
  return new URL(path, 'https://assets.invalid/').href;
}

function hex(bytes: ArrayBuffer): string {
  return Array.from(new Uint8Array(bytes), (byte) => byte.toString(16).padStart(2, '0')).join('');
}
