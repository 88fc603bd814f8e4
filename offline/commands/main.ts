/** The `cuepoint` command and its sub-commands, each in a file of its own. */
import { defineCommand } from 'citty';
import { alignCommand } from './align.ts';
import { dataCommand } from './data.ts';
import { demoCommand } from './demo.ts';
import { encodeCommand } from './encode.ts';
import { encodersCommand } from './encoders.ts';
import { evaluateCommand } from './evaluate.ts';
import { experimentCommand } from './experiment.ts';
import { exportCommand } from './export.ts';
import { feedbackCommand } from './feedback.ts';
import { groundCommand } from './ground.ts';
import { importReferenceCommand } from './import-reference.ts';
import { indexCommand } from './index-command.ts';
import { keyCommand } from './key.ts';
import { learnCommand } from './learn.ts';
import { mcpCommand } from './mcp.ts';
import { mixCommand } from './mix.ts';
import { modelsCommand } from './models.ts';
import { simulateCommand } from './simulate.ts';
import { smokeCommand } from './smoke.ts';
import { studyCommand } from './study.ts';
import { trainCommand } from './train.ts';

export const main = defineCommand({
  meta: { name: 'cuepoint', description: 'Find the moment of your own music that should play under a clip.' },
  subCommands: {
    align: alignCommand,
    learn: learnCommand,
    data: dataCommand,
    demo: demoCommand,
    encode: encodeCommand,
    encoders: encodersCommand,
    index: indexCommand,
    simulate: simulateCommand,
    mcp: mcpCommand,
    mix: mixCommand,
    models: modelsCommand,
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
