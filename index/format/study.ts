/**
 * What the parts of a listening study exchange: the page that offline/study writes and functions/page/study.ts runs, the Worker that
 * serves it and keeps its answers, and the program that scores them.
 *
 * In a comparison a clip plays with music A and with music B. Which system gave A stands in the key, which is in none of these.
 */

/** As in Fig. 4 of the paper: one is better, both suit, or neither does. */
export const STUDY_CHOICES = ['a', 'b', 'both', 'neither'] as const;
/** A participant's word: `a` and `b` as the page shows them, whichever system gave them. */
export type StudyChoice = (typeof STUDY_CHOICES)[number];

/** A piece of music that the page plays under the clip; times in milliseconds of the file. */
export interface StudyMusic {
  /** Relative to the page. */
  src: string;
  /** Within the file: from 0 where the moment was cut out of the track. */
  startMs: number;
  endMs: number;
  /** 0 to 1, of a player: makes A and B equally loud. */
  volume: number;
}

/** One comparison: a clip (its path relative to the page) and two pieces of music for it. */
export interface StudyItem {
  id: string;
  clip: string;
  a: StudyMusic;
  b: StudyMusic;
}

/** What the page holds. */
export interface StudyPage {
  study: string;
  items: StudyItem[];
}

/** study.json, which the Worker reads to know what may be answered. It is not served. */
export interface StudyCard {
  study: string;
  items: string[];
}

/** The id of the element of the page that holds StudyPage as JSON. */
export const STUDY_DATA = 'study-data';

/**
 * Stands in the page. The Worker puts POST_TO_US in its place where it can keep answers; on any other server the page sends nothing, and
 * participants give the file that they download.
 */
export const POST_TO_NOBODY = '<meta name="post-answers-to" content="">';
/** Sends answers to POST /v1/study of the Worker that serves the page. */
export const POST_TO_US = '<meta name="post-answers-to" content="/v1/study">';

/** Files of a study beside its media, as the Worker serves them. */
export const STUDY_FILES = { page: 'index.html', script: 'study.js', style: 'study.css', card: 'study.json' } as const;

/** Comparisons of one study: more than a person sits through, and what the Worker's limits are made for. */
export const MAX_STUDY_ITEMS = 500;

/** media/<hash>-<bytes>.<ext>: the name has the size, so that a byte range can be answered without a look at the file. */
export const STUDY_MEDIA = /^media\/[0-9a-f]{16}-(\d{1,10})\.([a-z0-9]{2,5})$/;

/** What browsers play, by the ending of the name. */
export const STUDY_MEDIA_TYPES: Readonly<Record<string, string>> = {
  mp4: 'video/mp4',
  m4v: 'video/mp4',
  mov: 'video/quicktime',
  webm: 'video/webm',
  m4a: 'audio/mp4',
  mp3: 'audio/mpeg',
  ogg: 'audio/ogg',
  opus: 'audio/ogg',
  flac: 'audio/flac',
  wav: 'audio/wav',
};

/** One person's word on one comparison; a later one replaces an earlier one. */
export interface StudyAnswer {
  study: string;
  /** Drawn by the page, kept in the browser: says that answers are one person's, and not whose. */
  participant: string;
  item: string;
  choice: StudyChoice;
  /** ISO 8601 */
  at: string;
}

/** One line of JSON, without its line break. Members in one order: equal answers are equal lines. */
export function writeStudyLine({ study, participant, item, choice, at }: StudyAnswer): string {
  return JSON.stringify({ study, participant, item, choice, at });
}

/** @returns the answer, or what is wrong with the line */
export function readStudyLine(line: string): StudyAnswer | { reason: string } {
  let value: Partial<Record<keyof StudyAnswer, unknown>>;
  try {
    value = JSON.parse(line);
  } catch {
    return { reason: 'not JSON' };
  }
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return { reason: 'not a JSON object' };
  for (const name of ['study', 'participant', 'item'] as const)
    if (typeof value[name] !== 'string' || value[name] === '') return { reason: `no "${name}"` };
  if (!(STUDY_CHOICES as readonly unknown[]).includes(value.choice)) return { reason: 'no choice that we know' };
  if (typeof value.at !== 'string' || Number.isNaN(Date.parse(value.at))) return { reason: 'no time in "at"' };
  return value as StudyAnswer;
}
