/**
 * Open an index in the Worker: its graphs in onnxruntime-web, its files by need.
 *
 * A graph that another opened index has too, by its hash, is not opened twice: an index whose tracks changed and whose model did
 * not costs its catalogue and vectors.
 */
import type { BundleFile, Manifest } from '../../index/format/manifest.ts';
import { parseManifest } from '../../index/format/parse-manifest.ts';
import type { OpenCatalogue } from '../../index/search/open-catalogue.ts';
import { createEngine, createTower, type Graph, isOptimised, OPENING_ORDER } from '../engine.ts';
import { budgetsBeside, needsRetriever, VECTORS_BYTES, withoutVectors } from '../grounding/budgets.ts';
import { type CandidateSource, type OpenIndex, openIndex } from '../grounding/open-index.ts';
import { takesFrames } from '../grounding/takes-frames.ts';
import { Problem } from '../schema/problem.ts';
import { type IndexSource, unusableIndex, usable } from './index-source.ts';
import { heapBytes, openSession, type Session, tensor } from './ort.ts';

/** An index and the sessions it runs on, by the sha256 of their graphs. */
export interface OpenBundle {
  index: OpenIndex;
  sessions: Map<string, Session>;
}

export interface BundleOptions {
  /** Sessions that are open already. */
  held?: ReadonlyMap<string, Session>;
  /** In place of the bundle's own vectors. */
  candidates?: (manifest: Manifest, catalogue: OpenCatalogue) => CandidateSource;
  /** Called before each file that is read to open it. */
  onStep?: () => void;
}

/** @throws Problem index-unusable when it does not fit this Worker or its files; nothing new stays open then. */
export async function openBundle(
  source: IndexSource,
  { held = new Map(), candidates, onStep = () => {} }: BundleOptions = {},
): Promise<OpenBundle> {
  let isOpening = true; // shards are read later, by need
  const read = (file: BundleFile): Promise<ArrayBuffer> => {
    if (isOpening) onStep();
    return source.read(file);
  };
  const text = new TextDecoder().decode(await read(source.pointer.manifest));
  const manifest = usable(() => parseManifest(text));
  if (!candidates && needsRetriever(manifest))
    throw new Problem(
      'setting-broken',
      `RETRIEVER: expected "vectorize" for an index with ${(manifest.files.vectors.bytes / 1e6).toFixed(0)} MB of vectors, of which an isolate holds ${VECTORS_BYTES / 1e6}, got the index's own. Upsert them by \`cuepoint index vectorize\` and set it in wrangler.toml.`,
    );
  const sessions = new Map<string, Session>();
  const sessionOf = async (graph: Graph | 'imageTower'): Promise<Session> => {
    const file = manifest.files[graph]!;
    const session = held.get(file.sha256) ?? sessions.get(file.sha256) ?? (await openGraph(graph, await read(file)));
    sessions.set(file.sha256, session);
    return session;
  };
  try {
    // One after the other: the bytes of a graph are garbage once its session is made.
    const graphs: Partial<Record<Graph, Session>> = {};
    for (const graph of OPENING_ORDER) graphs[graph] = await sessionOf(graph);
    const { image } = manifest.encoders;
    const tower = manifest.tower && createTower(await sessionOf('imageTower'), manifest.tower, image.width, tensor);
    const index = await openIndex({
      manifest,
      publishedAt: source.pointer.publishedAt,
      read,
      engine: createEngine(graphs as Record<Graph, Session>, tensor),
      tower,
      candidates: candidates && ((catalogue) => candidates(manifest, catalogue)),
      budgets: budgetsBeside(
        heapBytes(),
        candidates ? withoutVectors(manifest) : manifest,
        takesFrames({ manifest, tower }),
      ),
      guard: usable,
    });
    isOpening = false;
    return { index, sessions };
  } catch (error) {
    await releaseSessions(sessions, held); // or each failed try would keep its memory
    throw error;
  }
}

/**
 * All at once, since a request whose client has gone comes to its first await and no further.
 * @param kept those of another index, which go on
 */
export async function releaseSessions(
  sessions: ReadonlyMap<string, Session>,
  kept: ReadonlyMap<string, Session>,
): Promise<void> {
  const closed = [...sessions].filter(([sha256]) => !kept.has(sha256));
  await Promise.all(closed.map(([, session]) => session.release()));
}

async function openGraph(graph: Graph | 'imageTower', bytes: ArrayBuffer): Promise<Session> {
  try {
    return await openSession(new Uint8Array(bytes), graph === 'imageTower' || isOptimised(graph));
  } catch (cause) {
    throw unusableIndex(`graph "${graph}": expected one that onnxruntime runs, got another.`, cause);
  }
}
