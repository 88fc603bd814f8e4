/**
 * GET /study/, the listening study that lies beside the index under `study/`, and POST /v1/study, which keeps what people answer.
 *
 * Both are open, since participants have no keys: every visitor of the page can answer, as often as the rate limit of an address
 * allows. Taken are only answers to comparisons of the study that is published. Only the files of a study are given, by their names:
 * a key that lies beside them is not.
 */
import type { Context, Hono } from 'hono';
import { describeRoute } from 'hono-openapi';
import {
  POST_TO_NOBODY,
  POST_TO_US,
  STUDY_CHOICES,
  STUDY_FILES,
  STUDY_MEDIA,
  STUDY_MEDIA_TYPES,
  type StudyCard,
  writeStudyLine,
} from '../../index/format/study.ts';
import { answerFile } from '../answer-file.ts';
import { readJsonObject } from '../clip-request.ts';
import { taggedText } from '../etag.ts';
import { keepLines } from '../feedback-store.ts';
import { checkFields, type FieldProblem } from '../field-problem.ts';
import { readSmallBody } from '../guard/bodies.ts';
import { studyOperation } from '../openapi.ts';
import { fetchAsset } from '../runtime/assets.ts';
import { Problem, quote } from '../schema/problem.ts';
import { MAX_STUDY_ANSWERS, type StudyAccepted, studyBody } from '../schema/study.ts';
import type { Bindings, Service } from '../service.ts';
import { PAGE_POLICY, TYPES } from './page-files.ts';

/** A hundred answers have 9 kB. */
const BODY_LIMIT = 32 * 1024;

/** As of the other pages, and it plays what lies beside it. */
const POLICY = PAGE_POLICY['Content-Security-Policy'].replace("media-src 'self' blob:", "media-src 'self'");

export function addStudy(app: Hono<Service>): void {
  app.get('/study', (c) => c.redirect('/study/', 308)); // or the page's relative addresses would lead elsewhere
  app.get('/study/', answerPage);
  for (const [file, type] of [
    [STUDY_FILES.script, TYPES.script],
    [STUDY_FILES.style, TYPES.css],
  ])
    app.get(`/study/${file}`, async (c) =>
      taggedText(c, await textOf(c.env, file), { 'Content-Type': type, 'Cache-Control': 'no-cache' }),
    );
  app.get('/study/media/:file', answerMedia);
  app.post('/v1/study', describeRoute(studyOperation()), keepAnswers);
}

async function answerPage(c: Context<Service>): Promise<Response> {
  const text = await textOf(c.env, STUDY_FILES.page);
  const isKept = c.env.FEEDBACK !== undefined || c.env.FEEDBACK_BUCKET !== undefined;
  return taggedText(c, isKept ? text.replace(POST_TO_NOBODY, POST_TO_US) : text, {
    'Content-Type': TYPES.html,
    'Cache-Control': 'no-cache',
    'Content-Security-Policy': POLICY,
    'X-Robots-Tag': 'noindex',
  });
}

function answerMedia(c: Context<Service>): Promise<Response> {
  const path = `media/${c.req.param('file')}`;
  const named = STUDY_MEDIA.exec(path);
  const type = named && STUDY_MEDIA_TYPES[named[2]];
  if (!named || !type) throw missing();
  const file = { path: `study/${path}`, bytes: Number(named[1]), type, isAsked: true } as const;
  return answerFile(c, file, { 'Cache-Control': 'private, max-age=86400' }, missing); // it is named by its content
}

async function keepAnswers(c: Context<Service>): Promise<Response> {
  const mediaType = c.req.header('content-type')?.split(';')[0].trim().toLowerCase();
  if (mediaType !== 'application/json')
    throw new Problem(
      'content-type-unsupported',
      `content-type: expected application/json, got ${quote(mediaType)}. Send {"study", "participant", "answers"}.`,
    );
  const sent = checkFields(studyBody, readJsonObject(await readSmallBody(c, BODY_LIMIT)), FIELDS);
  const card = JSON.parse(await textOf(c.env, STUDY_FILES.card)) as StudyCard;
  if (sent.study !== card.study)
    throw new Problem(
      'study-missing',
      `study: expected the one that is published, got ${quote(sent.study)}. Load the page again.`,
    );
  const items = new Set(card.items);
  for (const [i, { item }] of sent.answers.entries())
    if (!items.has(item))
      throw new Problem(
        'study-invalid',
        `answers.${i}.item: expected a comparison of the study, got ${quote(item)}. ${NOTHING_KEPT}`,
      );
  const { study, participant } = sent;
  const lines = sent.answers.map((answer) => writeStudyLine({ study, participant, ...answer }));
  await keepLines(c.env, 'study', lines, { id: c.get('requestId'), at: new Date() });
  const body: StudyAccepted = { accepted: lines.length };
  return c.json(body, 202);
}

const NOTHING_KEPT = 'None of the answers of this request was kept.';
const invalid = (expected: string): FieldProblem => ({ code: 'study-invalid', expected, next: NOTHING_KEPT });
const CHOICES = STUDY_CHOICES.map((choice) => `"${choice}"`).join(', ');
const FIELDS: Readonly<Record<string, FieldProblem>> = {
  study: invalid('the id of a study'),
  participant: invalid('sixteen hexadecimal digits'),
  answers: invalid(
    `a list of 1 to ${MAX_STUDY_ANSWERS} objects {"item", "choice", "at"} with a choice of ${CHOICES} and a time`,
  ),
};

/** From the bucket where one is bound and has the study, else from the assets. @throws Problem study-missing */
async function textOf({ ASSETS, BUCKET }: Bindings, file: string): Promise<string> {
  const stored = await BUCKET?.get(`study/${file}`);
  if (stored) return stored.text();
  // The assets give a folder's page under the folder's name, and redirect from the file's.
  const asset = await fetchAsset(ASSETS, file === STUDY_FILES.page ? 'study/' : `study/${file}`);
  if (!asset) throw missing();
  return asset.text();
}

function missing(): Problem {
  return new Problem(
    'study-missing',
    'study: expected a published one, got none. Put the folder that `cuepoint study make` wrote beside the index, as study/.',
  );
}
