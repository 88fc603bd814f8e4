/** The files of a study's page: functions/page/study.ts as one script that also runs from a disk, its style, and the page with its data. */
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { build } from 'esbuild';
import { POST_TO_NOBODY, STUDY_DATA, STUDY_FILES, type StudyPage } from '../../index/format/study.ts';

const source = join(import.meta.dirname, '../../functions/page');

/** Stands in study.html where the data go. */
const PLACE = `<script type="application/json" id="${STUDY_DATA}"></script>`;

/** @returns texts by the name of their file */
export async function buildStudyPage(page: StudyPage): Promise<Record<string, string>> {
  const html = await readFile(join(source, 'study.html'), 'utf8');
  for (const part of [PLACE, POST_TO_NOBODY])
    if (!html.includes(part)) throw new Error(`internal: expected study.html to hold ${part}, got none.`);
  // In an element of script, "</script" and "<!--" end or change it wherever they stand.
  const data = JSON.stringify(page).replaceAll('<', '\\u003c');
  const filled = PLACE.replace('></', () => `>${data}</`);
  const { outputFiles } = await build({
    absWorkingDir: source,
    entryPoints: [join(source, 'study.ts')],
    bundle: true,
    write: false,
    format: 'iife', // browsers load no modules from a disk
    platform: 'browser',
    target: 'es2022',
    charset: 'utf8',
    minify: true,
    logLevel: 'silent', // what is wrong is thrown
  });
  return {
    [STUDY_FILES.page]: html.replace(PLACE, () => filled),
    [STUDY_FILES.script]: outputFiles[0].text,
    [STUDY_FILES.style]: await readFile(join(source, 'study.css'), 'utf8'),
  };
}
