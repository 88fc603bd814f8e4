/** The `cuepoint` command and its sub-commands, each in a file of its own, which is loaded when it is called: all of them are a thousand modules. */
import { defineCommand } from 'citty';

export const main = defineCommand({
  meta: { name: 'cuepoint', description: 'Find the moment of your own music that should play under a clip.' },
  subCommands: {
    align: async () => (await import('./align.ts')).alignCommand,
    learn: async () => (await import('./learn.ts')).learnCommand,
    data: async () => (await import('./data.ts')).dataCommand,
    demo: async () => (await import('./demo.ts')).demoCommand,
    encode: async () => (await import('./encode.ts')).encodeCommand,
    worker: async () => (await import('./worker.ts')).workerCommand,
    queue: async () => (await import('./queue.ts')).queueCommand,
    encoders: async () => (await import('./encoders.ts')).encodersCommand,
    index: async () => (await import('./index-command.ts')).indexCommand,
    simulate: async () => (await import('./simulate.ts')).simulateCommand,
    mcp: async () => (await import('./mcp.ts')).mcpCommand,
    mix: async () => (await import('./mix.ts')).mixCommand,
    models: async () => (await import('./models.ts')).modelsCommand,
    train: async () => (await import('./train.ts')).trainCommand,
    ground: async () => (await import('./ground.ts')).groundCommand,
    export: async () => (await import('./export.ts')).exportCommand,
    evaluate: async () => (await import('./evaluate.ts')).evaluateCommand,
    experiment: async () => (await import('./experiment.ts')).experimentCommand,
    feedback: async () => (await import('./feedback.ts')).feedbackCommand,
    key: async () => (await import('./key.ts')).keyCommand,
    smoke: async () => (await import('./smoke.ts')).smokeCommand,
    study: async () => (await import('./study.ts')).studyCommand,
    'import-reference': async () => (await import('./import-reference.ts')).importReferenceCommand,
  },
});
