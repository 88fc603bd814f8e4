/**
 * The same split through the path that is deployed: an index of the split's tracks (tokens as bytes, HNSW), and the Worker itself
 * under workerd, asked over HTTP as an app would ask it.
 *
 * The protocol is the exact model's, so that the two differ by nothing but the path. A track's rank is its place among the moments of
 * the whole index; the moment is that of the right track, asked for by its id whatever its rank, and is the model's own span, before an
 * editor's fit and snap. With a log it is what the service makes of span and cues (index/moment/cue-rule.ts), as long as the clip and not snapped. An answer has 50 moments at most. Where the right track is not among them the service is asked for 50 more, as
 * an app would do it: without the tracks it knows. A track that is not among these hundred either has no rank, which no
 * published metric but the median can tell from a later one.
 */
import type { Manifest } from '../../../index/format/manifest.ts';
import { intersectionOverUnion } from '../../../index/moment/moment.ts';
import { readUses } from '../../cues/uses.ts';
import type { Annotation } from '../../data/annotations.ts';
import { clipOfId } from '../../data/clip-part.ts';
import type { Progress } from '../../lib/progress.ts';
import { type Answer, askWithTokens } from '../../local-worker/ask.ts';
import { withScratchWorker } from '../../local-worker/scratch-worker.ts';
import type { Question } from '../../metrics/metrics.ts';
import { type AnsweredRow, type Answers, withTrainingRows } from '../answers.ts';
import { questionsOf } from '../evaluate.ts';
import { buildSplitIndex, clipOf, type SplitIndexOptions } from './split-index.ts';

export interface ServedOptions extends SplitIndexOptions {
  /** The project's folder, whose Worker is started. */
  root: string;
  progress: (label: string, total: number) => Progress;
}

/** The most moments of one answer (functions/schema/request.ts). */
const PAGE = 50;
/** What MoR@100 counts. */
const RANKED = 100;
/** As many as an isolate computes for (functions/guard/grounding-queue.ts): no request is refused. */
const AT_ONCE = 2;

/**
 * @returns the rows in their order, and in words how they were answered
 * @throws Error when an index cannot be built of the split's tracks or the Worker does not start; naming the clip, when the Worker
 * refuses it; naming the log, when it has uses of clips that are asked
 */
export async function servedAnswers({ root, ...options }: ServedOptions): Promise<Answers & { path: string }> {
  await checkLog(options);
  return withScratchWorker(root, {
    build: (folder) => buildSplitIndex(folder, options),
    async ask(url, manifest) {
      const rows = withTrainingRows(await answerAll({ url, manifest, options }), options.data.splits.train);
      return { rows, tracks: manifest.counts.tracks, path: pathOf(manifest) };
    },
  });
}

/** A clip whose own use is in the log would be told its answer. */
async function checkLog({ log, rows }: Pick<ServedOptions, 'log' | 'rows'>): Promise<void> {
  if (!log) return;
  const asked = new Set(rows.map(({ videoId }) => clipOfId(videoId)));
  const own = (await readUses(log)).filter(({ clipId }) => asked.has(clipOfId(clipId)));
  if (own.length)
    throw new Error(
      `${log}: expected uses of other clips than those that are asked, got ${own.length} of them, the first of clip "${own[0].clipId}". Take them out of the log.`,
    );
}

interface Service {
  url: string;
  manifest: Manifest;
  options: Omit<ServedOptions, 'root'>;
}

async function answerAll(service: Service): Promise<AnsweredRow[]> {
  const { rows, checkpoint, progress } = service.options;
  const questions = questionsOf(rows, checkpoint.config);
  const answered: AnsweredRow[] = [];
  const bar = progress('ask the Worker', rows.length);
  const left = rows.entries();
  const lane = async (): Promise<void> => {
    for (const [at, row] of left) {
      answered[at] = await answerRow(service, row, questions[at]).catch((cause: Error) => {
        throw new Error(`clip "${row.videoId}": ${cause.message}`, { cause });
      });
      bar.tick();
    }
  };
  await Promise.all(Array.from({ length: AT_ONCE }, lane));
  bar.done();
  return answered;
}

async function answerRow(
  { url, manifest, options: { data, log } }: Service,
  row: Annotation,
  question: Question,
): Promise<AnsweredRow> {
  const { videoId, musicId } = row;
  const clip = clipOf(row, data, manifest.model.maxFrames);
  const ask: Ask = async (path, fields) => {
    const asked = { fit: log ? 'clip' : 'model', snap: 'none', ...fields };
    const { indexVersion, moments } = await askWithTokens(url + path, clip, manifest.encoders.image, asked);
    if (indexVersion !== manifest.indexVersion)
      throw new Error(
        `worker: expected an answer from index ${manifest.indexVersion}, got ${indexVersion}. Stop other Workers and evaluate again.`,
      );
    return moments;
  };
  const ranked = await rankedUntil(musicId, ask);
  const place = ranked.findIndex(({ track }) => track.id === musicId);
  const [moment] = await ask(`/v1/tracks/${encodeURIComponent(musicId)}/moments`, {});
  const { startMs, endMs } = log ? moment : moment.predicted;
  const found = { startSec: startMs / 1000, endSec: endMs / 1000 };
  return {
    videoId,
    musicId,
    rank: place < 0 ? Number.POSITIVE_INFINITY : place + 1,
    iou: intersectionOverUnion(found, question.truth),
    found,
    ...question,
    relevance: ranked[place]?.relevance,
    first: { musicId: ranked[0].track.id, relevance: ranked[0].relevance },
  };
}

type Moment = Answer['moments'][number];
type Ask = (path: string, fields: Readonly<Record<string, unknown>>) => Promise<Moment[]>;

/** The first page that has the track, and those before it; a hundred moments at most. */
async function rankedUntil(musicId: string, ask: Ask): Promise<Moment[]> {
  const ranked: Moment[] = [];
  while (ranked.length < RANKED) {
    const known = ranked.map(({ track }) => track.id);
    const page = await ask('/v1/moments', {
      k: PAGE,
      minDurationMs: 0,
      ...(known.length ? { exclude: { tracks: known } } : {}),
    });
    ranked.push(...page);
    if (page.length < PAGE || page.some(({ track }) => track.id === musicId)) break;
  }
  return ranked;
}

function pathOf({ precision, retrieval, counts, files }: Manifest): string {
  const { kind, candidates, ef } = retrieval;
  const { tracks } = counts;
  const search = `${kind}, the ${Math.min(candidates, tracks)} nearest of ${tracks} ranked (ef ${ef})`;
  const beyond = tracks > RANKED ? `; a track that is not among the first ${RANKED} answered has no rank` : '';
  const cues = files.cues ? ', the cues of a log' : '';
  return `${precision} graphs, int8 tokens, ${search}${cues}, in workerd${beyond}`;
}
