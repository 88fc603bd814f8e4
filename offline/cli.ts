/** The `cuepoint` command: `npm run cuepoint -- …`, `npm run demo`. Each command stands in a file of its own in commands/. */
import { defineCommand, runMain } from 'citty';
import { endWithReader } from './commands/command.ts';
import { dataCommand } from './commands/data.ts';
import { demoCommand } from './commands/demo.ts';
import { encodeCommand } from './commands/encode.ts';
import { encodersCommand } from './commands/encoders.ts';
import { evaluateCommand } from './commands/evaluate.ts';
import { experimentCommand } from './commands/experiment.ts';
import { exportCommand } from './commands/export.ts';
import { feedbackCommand } from './commands/feedback.ts';
import { groundCommand } from './commands/ground.ts';
import { importReferenceCommand } from './commands/import-reference.ts';
import { indexCommand } from './commands/index-command.ts';
import { keyCommand } from './commands/key.ts';
import { simulateCommand } from './commands/simulate.ts';
import { smokeCommand } from './commands/smoke.ts';
import { studyCommand } from './commands/study.ts';
import { trainCommand } from './commands/train.ts';

const main = defineCommand({
  meta: { name: 'cuepoint', description: 'Find the moment of your own music that should play under a clip.' },
  subCommands: {
    data: dataCommand,
    demo: demoCommand,
    encode: encodeCommand,
    encoders: encodersCommand,
    index: indexCommand,
    simulate: simulateCommand,
    train: trainCommand,
    ground: groundCommand,
    export: exportCommand,
    evaluate: evaluateCommand,
    experiment: experimentCommand,
    feedback: feedbackCommand,
    key: keyCommand,
    smoke: smokeCommand,
    study: studyCommand,
    'import-reference': importReferenceCommand,
  },
});

process.stdout.on('error', endWithReader);
await runMain(main);
