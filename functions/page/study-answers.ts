/**
 * A participant's answers in the browser: kept so that they outlive the page, written as lines to download, and sent where the Worker serves
 * the page. No network is asked for anything otherwise.
 */
import { type StudyAnswer, type StudyChoice, writeStudyLine } from '../../index/format/study.ts';

interface Kept {
  participant: string;
  answers: Record<string, { choice: StudyChoice; at: string; isSent?: boolean }>;
}

export interface StudyAnswers {
  choiceOf(item: string): StudyChoice | undefined;
  count(): number;
  unsent(): number;
  give(item: string, choice: StudyChoice): void;
  /** JSON lines, in the order of the answers. */
  lines(): string;
  /** A number from 0 to 1 that stays the participant's. */
  share(): number;
  /** What was not sent before. @throws Error with the service's words when it refuses */
  send(url: string): Promise<void>;
}

/** As many as the Worker takes at once. */
const MOST_AT_ONCE = 100;

/** @param storage may refuse to keep anything, as in a private window: the answers then last as long as the page */
export function openStudyAnswers(study: string, storage: Storage | undefined): StudyAnswers {
  const place = `cuepoint-study-${study}`;
  const kept: Kept = read(storage, place) ?? { participant: drawName(), answers: {} };
  const keep = (): void => {
    try {
      storage?.setItem(place, JSON.stringify(kept));
    } catch {} // full or forbidden: what the page holds can still be downloaded
  };
  keep();

  const answers = (): StudyAnswer[] =>
    Object.entries(kept.answers)
      .map(([item, { choice, at }]) => ({ study, participant: kept.participant, item, choice, at }))
      .sort((one, other) => (one.at < other.at ? -1 : Number(one.at > other.at)));
  const unsent = (): StudyAnswer[] => answers().filter(({ item }) => !kept.answers[item].isSent);

  async function sendSome(url: string, some: StudyAnswer[]): Promise<void> {
    const response = await fetch(url, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({
        study,
        participant: kept.participant,
        answers: some.map(({ item, choice, at }) => ({ item, choice, at })),
      }),
      keepalive: true, // also when the page is closed right after the last answer
    });
    if (!response.ok) {
      const { detail } = (await response.json().catch(() => ({}))) as { detail?: string };
      throw new Error(detail ?? `expected the answers to be taken, got status ${response.status}.`);
    }
    for (const { item, at } of some) if (kept.answers[item].at === at) kept.answers[item].isSent = true;
    keep();
  }
  let sending: Promise<void> = Promise.resolve();

  return {
    choiceOf: (item) => kept.answers[item]?.choice,
    count: () => Object.keys(kept.answers).length,
    unsent: () => unsent().length,
    give(item, choice) {
      kept.answers[item] = { choice, at: new Date().toISOString() };
      keep();
    },
    lines: () =>
      answers()
        .map((answer) => `${writeStudyLine(answer)}\n`)
        .join(''),
    share: () => Number.parseInt(kept.participant.slice(0, 8), 16) / 2 ** 32,
    send(url) {
      const mine = sending
        .catch(() => undefined)
        .then(async () => {
          for (let some = unsent(); some.length > 0; some = unsent()) await sendSome(url, some.slice(0, MOST_AT_ONCE));
        });
      sending = mine;
      return mine;
    },
  };
}

function read(storage: Storage | undefined, place: string): Kept | undefined {
  try {
    const kept = JSON.parse(storage?.getItem(place) ?? 'null') as Kept | null;
    return kept?.participant && kept.answers ? kept : undefined;
  } catch {
    return undefined;
  }
}

/** 64 random bits: they identify no person, and no two people get the same. */
function drawName(): string {
  const bytes = crypto.getRandomValues(new Uint8Array(8));
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, '0')).join('');
}
