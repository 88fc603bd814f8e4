/** The answers of a study's participants, from wherever they were kept, each with the systems that it was about, from the key. */
import { readStudyLine, type StudyAnswer } from '../../index/format/study.ts';
import type { FoundLine } from '../cues/feedback/sources.ts';
import type { StudyKey } from './key.ts';

/** What one person said of two systems. */
export interface Verdict {
  participant: string;
  one: string;
  other: string;
  /** Which system was better, if one was. */
  outcome: 'one' | 'other' | 'both' | 'neither';
  /** On which side the better one was. */
  side?: 'a' | 'b';
}

export interface Verdicts {
  verdicts: Verdict[];
  /** Lines that say nothing of this study, with the reason. */
  rejected: { where: string; reason: string }[];
  /** Lines that are no longer what their participant says, or that say it a second time. */
  replaced: number;
}

/** Of a person's answers to one comparison the latest counts; the order of the lines does not matter. */
export async function readVerdicts(
  lines: AsyncIterable<FoundLine> | Iterable<FoundLine>,
  key: StudyKey,
): Promise<Verdicts> {
  const itemOf = new Map(key.items.map((item) => [item.id, item]));
  const latest = new Map<string, StudyAnswer>();
  const rejected: Verdicts['rejected'] = [];
  let replaced = 0;
  for await (const { where, line } of lines) {
    const answer = readStudyLine(line);
    const reason =
      'reason' in answer
        ? answer.reason
        : answer.study !== key.study
          ? 'of another study'
          : itemOf.has(answer.item)
            ? undefined
            : 'no comparison of this study';
    if (reason !== undefined || 'reason' in answer) {
      rejected.push({ where, reason: String(reason) });
      continue;
    }
    const place = JSON.stringify([answer.participant, answer.item]);
    const known = latest.get(place);
    if (known) replaced++;
    if (!known || comesAfter(answer, known)) latest.set(place, answer);
  }
  const verdicts = [...latest].sort(([a], [b]) => (a < b ? -1 : 1)).map(([, answer]) => verdictOf(answer, itemOf));
  return { verdicts, rejected, replaced };
}

/** Of equal times the choice decides, so that the order of the lines does not. */
function comesAfter(one: StudyAnswer, other: StudyAnswer): boolean {
  const later = Date.parse(one.at) - Date.parse(other.at);
  return later > 0 || (later === 0 && one.choice > other.choice);
}

function verdictOf(
  { participant, item, choice }: StudyAnswer,
  itemOf: ReadonlyMap<string, StudyKey['items'][number]>,
): Verdict {
  const { a, b } = itemOf.get(item)!;
  const isTurned = a > b;
  const [one, other] = isTurned ? [b, a] : [a, b];
  if (choice === 'both' || choice === 'neither') return { participant, one, other, outcome: choice };
  return { participant, one, other, outcome: (choice === 'a') !== isTurned ? 'one' : 'other', side: choice };
}
