/**
 * Make a listening study: a folder with a page, its script, style and media, and the key beside it.
 *
 * The folder needs no server of its own: it opens from a disk, from any web space, and from the Worker's assets or bucket under `study/`.
 * What is asked on which side is plan.ts's; the page is functions/page/study.ts.
 */
import { join, sep } from 'node:path';
import {
  MAX_STUDY_ITEMS,
  STUDY_FILES,
  type StudyCard,
  type StudyItem,
  type StudyPage,
} from '../../index/format/study.ts';
import { refuseFull, sha256Hex, writeFileAtomic, writeFolderAtomic } from '../lib/files.ts';
import type { runFfmpeg } from '../media/ffmpeg.ts';
import type { SystemAnswers } from './answers-file.ts';
import { keyOf, type StudyKey } from './key.ts';
import { openStudyMedia, volumesOf } from './media.ts';
import { buildStudyPage } from './page.ts';
import { type PlanOptions, planStudy, type StudyPlan } from './plan.ts';
import { type Present, presentAnswers } from './present.ts';

export interface MakeOptions {
  systems: readonly SystemAnswers[];
  /** Folders that the answers' files lie in. */
  clips: string;
  music: string;
  /** How many comparisons. */
  count: number;
  seed: number | string;
  /** The study's folder, empty or new. */
  out: string;
  /** Outside it. */
  keyFile: string;
  /** Called with each comparison whose media are ready. */
  tick?: () => void;
  /** In place of the system's ffmpeg. */
  run?: typeof runFfmpeg;
}

export interface Made {
  key: StudyKey;
  /** Names that answers have and the folders do not: they were left out. */
  absent: Present['absent'];
  /** Whether A and B are equally loud by the answers' gains. */
  isLevelled: boolean;
}

/** @throws Error when the folder is in use, the answers are not enough, or a file cannot be read; then there is no folder and no key */
export async function makeStudy(options: MakeOptions): Promise<Made> {
  const { count, seed, out, keyFile, tick, run } = options;
  if (count > MAX_STUDY_ITEMS)
    throw new Error(`--n: expected at most ${MAX_STUDY_ITEMS} comparisons, got ${count}. Nobody answers more.`);
  if (keyFile.startsWith(out + sep))
    throw new Error(`--key: expected a file outside ${out}, which others will see, got ${keyFile}. Put it elsewhere.`);
  await refuseFull(out);
  const { systems, absent, clips, tracks } = await presentAnswers(options.systems, options);
  const plan = planOf(systems, { count, seed }, absent);
  const names = systems.map(({ system }) => system);
  const isLevelled = allHaveGains(systems);
  // Of what it compares and how: answers to one study are never counted as another's.
  const study = sha256Hex(JSON.stringify([String(seed), names, plan])).slice(0, 12);

  return writeFolderAtomic(out, async (folder) => {
    const media = await openStudyMedia(folder, run);
    const items: StudyItem[] = [];
    for (const { id, clip, a, b } of plan.comparisons) {
      const [loudA, loudB] = isLevelled ? volumesOf(a.gainDb!, b.gainDb!) : [1, 1];
      items.push({
        id,
        clip: await media.clip(clips.get(clip)!.path),
        a: await media.music(tracks.get(a.track)!.path, a, loudA),
        b: await media.music(tracks.get(b.track)!.path, b, loudB),
      });
      tick?.();
    }
    await writePage(folder, { study, items });
    const key = keyOf(study, String(seed), names, plan);
    await writeFileAtomic(keyFile, `${JSON.stringify(key, null, 1)}\n`); // before the folder: a study without one is worth nothing
    return { key, absent, isLevelled };
  });
}

/** @throws Error that also says what was left out, since that is mostly why there is too little */
function planOf(
  systems: readonly SystemAnswers[],
  options: PlanOptions,
  { clips, tracks }: Present['absent'],
): StudyPlan {
  try {
    return planStudy(systems, options);
  } catch (cause) {
    const [missing, flag] = clips.length >= tracks.length ? [clips, '--clips'] : [tracks, '--music'];
    if (missing.length === 0) throw cause;
    throw new Error(
      `${(cause as Error).message} ${missing.length} names of the answers are not in ${flag}, such as "${missing[0]}".`,
      { cause },
    );
  }
}

async function writePage(folder: string, page: StudyPage): Promise<void> {
  const card: StudyCard = { study: page.study, items: page.items.map(({ id }) => id) };
  const files = { ...(await buildStudyPage(page)), [STUDY_FILES.card]: `${JSON.stringify(card)}\n` };
  for (const [name, text] of Object.entries(files)) await writeFileAtomic(join(folder, name), text);
}

/** Music that is louder is liked better, so levelling one system's only would decide the study. */
function allHaveGains(systems: readonly SystemAnswers[]): boolean {
  return systems.every(({ answers }) => answers.every(({ gainDb }) => gainDb !== undefined));
}
