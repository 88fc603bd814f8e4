/**
 * A tool's call as the API's request, and the API's answer as what a model reads: the same keys, limits, queue and refusals as any caller's.
 *
 * Outlines, curves and lists of beats are left out of answers: they are for drawing, and a model pays for every number.
 */
import { TOOL_NAMES, type ToolName } from './tools.ts';

export interface ApiAnswer {
  status: number;
  /** Of a refusal that says so. */
  retryAfter?: string;
  body: unknown;
}

/** POST where there is a body. @param path with its query */
export type AskApi = (path: string, body?: string | FormData) => Promise<ApiAnswer>;

export interface ToolResult {
  content: { type: 'text'; text: string }[];
  structuredContent?: Record<string, unknown>;
  isError?: boolean;
}

type Arguments = Readonly<Record<string, unknown>>;

/** What is wrong with the arguments, or refused, is a result that says so: the model can mend it. */
export async function callTool(name: string, given: Arguments, ask: AskApi): Promise<ToolResult> {
  if (!TOOL_NAMES.some((known) => known === name))
    return failed(`tool: expected one of ${TOOL_NAMES.join(', ')}, got "${name.slice(0, 100)}".`);
  const { status, retryAfter, body } = await ask(...requestOf(name as ToolName, given));
  if (status === 200) {
    const answer = SHORTENED[name as ToolName](body as Answer);
    return { content: [{ type: 'text', text: JSON.stringify(answer) }], structuredContent: answer };
  }
  const { detail = `expected an answer, got status ${status}`, code = 'unknown' } = (body ?? {}) as Record<
    string,
    string
  >;
  const wait = retryAfter === undefined ? '' : ` Try again after ${retryAfter} s.`;
  return failed(`${detail} (${code})${wait}`);
}

const failed = (text: string): ToolResult => ({ content: [{ type: 'text', text }], isError: true });

function requestOf(name: ToolName, { trackId, ...given }: Arguments): Parameters<AskApi> {
  if (name === 'list_tracks') return [`/v1/tracks${queryOf(given)}`];
  if (name === 'filters') return [`/v1/filters${queryOf(given)}`];
  const isInTrack = name === 'moment_in_track' || (name === 'mix_spec' && trackId !== undefined);
  // Of no track at all the API says that there is none such.
  const path = isInTrack ? `/v1/tracks/${encodeURIComponent(String(trackId ?? '-'))}/moments` : '/v1/moments';
  return [path, clipBody(name === 'mix_spec' ? { speechMs: [], ...given, k: 1 } : given)];
}

function queryOf(given: Arguments): string {
  const query = Object.entries(given).map(
    ([name, value]) => `${encodeURIComponent(name)}=${encodeURIComponent(textOf(value))}`,
  );
  return query.length > 0 ? `?${query.join('&')}` : '';
}

/** Tokens as JSON, pictures as a form. */
function clipBody({ frames, ...given }: Arguments): string | FormData {
  if (frames === undefined) return JSON.stringify(given);
  const form = new FormData();
  for (const [i, frame] of (Array.isArray(frames) ? frames : [frames]).entries())
    form.append('frames', new Blob([bytesOf(frame)]), `${i}.jpg`);
  for (const [name, value] of Object.entries(given)) form.append(name, textOf(value));
  return form;
}

const textOf = (value: unknown): string => (typeof value === 'string' ? value : JSON.stringify(value));

/** What is no base64 is no picture either, and is refused as that. */
function bytesOf(frame: unknown): Uint8Array<ArrayBuffer> {
  try {
    const text = atob(String(frame).replace(/^data:[^,]*,/, ''));
    return Uint8Array.from(text, (sign) => sign.charCodeAt(0));
  } catch {
    return new Uint8Array(0);
  }
}

type Answer = Record<string, unknown>;

const SHORTENED: Readonly<Record<ToolName, (answer: Answer) => Answer>> = {
  find_moments: shortMoments,
  moment_in_track: shortMoments,
  list_tracks: (answer) => answer,
  filters: (answer) => answer,
  mix_spec: (answer) => {
    const [moment] = answer.moments as Answer[];
    return moment ? { ...short(moment), mix: moment.mix } : { moments: [] };
  },
};

function shortMoments(answer: Answer): Answer {
  return { ...answer, moments: (answer.moments as Answer[]).map(short) };
}

function short({ curve, beats, mix, ...moment }: Answer): Answer {
  const { waveform, ...track } = moment.track as Answer;
  return { ...moment, track };
}
