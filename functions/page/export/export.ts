/**
 * What a person takes along of a clip and its moment: the clip with its music as a file, and what editing programs read.
 *
 * A script of its own, loaded when the first of it is asked for. The writers are index/edit/, the same as the offline program's.
 */
import { writeCredits } from '../../../index/edit/credits.ts';
import { writeCueSheet } from '../../../index/edit/cue-sheet.ts';
import type { Edit } from '../../../index/edit/edit.ts';
import { writeEdl } from '../../../index/edit/edl.ts';
import { writeFcpxml } from '../../../index/edit/fcpxml.ts';
import { writeOtio } from '../../../index/edit/otio.ts';

export { readClipFacts } from './clip-facts.ts';
export { writeVideo } from './video.ts';

export type EditFile = 'edl' | 'otio' | 'fcpxml' | 'credits' | 'cues';

const WRITERS: Readonly<Record<EditFile, { write: (edit: Edit) => string; ending: string; type: string }>> = {
  fcpxml: { write: writeFcpxml, ending: '.fcpxml', type: 'application/xml' },
  otio: { write: writeOtio, ending: '.otio', type: 'application/json' },
  edl: { write: writeEdl, ending: '.edl', type: 'text/plain' },
  credits: { write: writeCredits, ending: ' credits.txt', type: 'text/plain' },
  cues: { write: writeCueSheet, ending: ' cue sheet.csv', type: 'text/csv' },
};

/** Named after the clip. */
export function writeEditFile(kind: EditFile, edit: Edit): File {
  const { write, ending, type } = WRITERS[kind];
  return new File([write(edit)], `${withoutEnding(edit.clip.name)}${ending}`, { type });
}

export const withoutEnding = (name: string): string => name.replace(/\.\w{1,5}$/, '') || name;
