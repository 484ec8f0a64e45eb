/**
 * The command line: which commands there are and what they take. What a command does is loaded when it is called, so
 * that `--help` is quick.
 */
import { Command, CommanderError, InvalidArgumentError, Option } from 'commander'
import { chartKinds } from './chart/kinds.ts'
import type { Tools } from './tools.ts'

/** Runs one command line and answers its exit code: 0 done, 1 failed, 2 wrong usage, 3 a gate or a check said no. */
export async function run(argv: readonly string[], tools: Tools): Promise<number> {
  quietOnBrokenPipe()
  let exit = 0
  const done = (code: number | undefined): void => {
    exit = code ?? 0
  }
  const program = build(tools, done)
  try {
    await program.parseAsync([...argv], { from: 'user' })
    return exit
  } catch (error) {
    if (error instanceof CommanderError) return error.exitCode === 0 ? 0 : 2
    const { fail } = await import('./terminal.ts')
    return fail(error, { json: argv.includes('--json') })
  }
}

function build(tools: Tools, done: (code: number | undefined) => void): Command {
  const program = new Command('falconer')
    .description('Runs AI models in production as one closed loop: data, training, serving, monitoring, retraining.')
    .version(tools.version)
    .exitOverride()
    .showHelpAfterError('Run falconer --help for what there is.')
    .helpCommand(false)

  const command = (usage: string, summary: string, parent = program): Command =>
    parent
      .command(usage)
      .description(summary)
      .exitOverride()
      .addOption(new Option('--json', 'print one JSON value').default(false))
  const remote = (usage: string, summary: string, parent = program): Command =>
    command(usage, summary, parent)
      .option('--url <url>', 'address of the server (or FALCONER_URL)')
      .option('--key <key>', 'API key (or FALCONER_KEY)')
  const inProject = (usage: string, summary: string): Command =>
    remote(usage, summary).option('--project <name>', 'project, where the server has several')

  program.commandsGroup('Run')
  command('serve', 'start the server')
    .option('--data <folder>', 'data directory', '.falconer')
    .option('--port <port>', 'port, 0 for any free one', port, 7700)
    .option('--host <address>', 'address to listen on', '127.0.0.1')
    .option('--host-name <name>', 'further name by which clients reach this server', collected, [])
    .addOption(
      new Option('--clock <mode>', 'real time, or a clock advanced over HTTP')
        .choices(['wall', 'replay'])
        .default('wall'),
    )
    .option('--insecure-local', 'no keys; this machine only', false)
    .addOption(new Option('--end-with-stdin', 'end when standard input ends').default(false).hideHelp())
    .addOption(
      new Option('--log-level <level>', 'what to log')
        .choices(['debug', 'info', 'warn', 'error', 'silent'])
        .default('info'),
    )
    .action(async options => done(await (await import('./commands/serve.ts')).serve(options, tools)))
  command('demo', 'play a year of real flights through the whole loop')
    .option('--until <date>', 'last day to play', '2013-12-31')
    .option('--port <port>', 'port; where it is taken, the next free one', port, 7700)
    .option('--data <folder>', 'keep the data here; a replay that was cut off goes on')
    .option('--yardstick', 'compare with a plain retraining every month', false)
    .option('--exit', 'end when the replay has ended', false)
    .action(async options => done(await (await import('./commands/demo.ts')).demo(options, tools)))

  program.commandsGroup('Projects and models on a server')
  command('init <file>', 'write falconer.yaml and features.sql for your CSV, Parquet or JSON lines')
    .option('--label <column>', 'what to predict')
    .option('--id <column>', 'what names a row')
    .option('--time <column>', 'when a row is predicted')
    .option('--project <name>', 'name of the project')
    .option('--folder <folder>', 'where to write', '.')
    .option('--force', 'replace files that are there', false)
    .action(async (file, options) => done(await (await import('./commands/init.ts')).init(file, options, tools)))
  remote('apply [folder]', 'send falconer.yaml, its query and its data to the server').action(async (folder, options) =>
    done(await (await import('./commands/apply.ts')).apply(folder ?? '.', options)),
  )
  inProject('status', 'what runs, how it does, and what to do next').action(async options =>
    done(await (await import('./commands/status.ts')).status(options)),
  )
  inProject('train', 'start a training on the server, or train on a file without one')
    .argument('[file]', 'CSV, Parquet or JSON lines')
    .option('--label <column>', 'what to predict (file)')
    .option('--out <file>', 'where to write the model (file)', 'model.onnx')
    .option('--drop <column>', 'column to leave out (file)', collected, [])
    .addOption(
      new Option('--recipe <kind>', 'trainer (file)')
        .choices(['boost', 'logistic', 'linear', 'constant'])
        .default('boost'),
    )
    .addOption(
      new Option('--task <task>', 'kind of label; found from the label by default (file)').choices([
        'binary',
        'regression',
      ]),
    )
    .option('--seed <n>', 'seed of the trainer (file)', integer, 0)
    .action(async (file, options) => done(await (await import('./commands/train.ts')).train(file, options, tools)))
  inProject('predict [ids...]', 'predict rows by id, or records from a JSON lines file')
    .option('--records <file>', 'JSON lines, one record a line; - for stdin')
    .action(async (ids, options) => done(await (await import('./commands/predict.ts')).predict(ids, options)))
  inProject('outcomes [pairs...]', 'tell what turned out to be true: id=value, value a number or void')
    .option('--file <file>', 'JSON lines {"id", "value"}; - for stdin')
    .action(async (pairs, options) => done(await (await import('./commands/predict.ts')).outcomes(pairs, options)))
  inProject('explain <id>', 'why a prediction is what it is').action(async (id, options) =>
    done(await (await import('./commands/explain.ts')).explain(id, options)),
  )
  inProject('rollback', 'bring back the version that was live before')
    .requiredOption('--reason <text>', 'why; it stands in the audit log')
    .option('--yes', 'do it without asking', false)
    .action(async options => done(await (await import('./commands/rollback.ts')).rollback(options)))
  const audit = program.command('audit').description('the audit log').exitOverride()
  remote('verify', 'check the chain of hashes', audit)
    .option('--data <folder>', 'check a data directory without a server')
    .action(async options => done(await (await import('./commands/audit.ts')).verify(options, tools)))
  remote('list', 'the newest entries', audit)
    .option('--limit <n>', 'how many', integer, 20)
    .action(async options => done(await (await import('./commands/audit.ts')).list(options)))

  program.commandsGroup('On files, without a server')
  command('profile <file>', 'what a table holds, column by column').action(async (file, options) =>
    done(await (await import('./commands/profile.ts')).profile(file, options, tools)),
  )
  command('drift <reference> <current>', 'which columns of a table have drifted from an earlier one, and how')
    .option('--columns <names>', 'only these, separated by commas', names)
    .option('--drop <column>', 'column to leave out', collected, [])
    .option('--alpha <chance>', 'chance of any alarm where nothing has changed (0.01)', decimal)
    .option(
      '--effect <sd>',
      'least shift that matters, in standard deviations (0.1); other effects in proportion',
      decimal,
    )
    .option('--bins <n>', 'bins of a number column (1024)', integer)
    .option('--html <file>', 'write a report that a browser shows')
    .addOption(new Option('--language <language>', 'language of the report').choices(['en', 'zh']).default('en'))
    .option('--fail-on-drift', 'exit with 3 where a column has drifted or none could be tested', false)
    .action(async (reference, current, options) =>
      done(await (await import('./commands/drift.ts')).drift(reference, current, options, tools)),
    )
  command('chart <file>', 'a control chart: is the process stable?')
    .addOption(new Option('--kind <kind>', 'kind of chart').choices(chartKinds).makeOptionMandatory())
    .option('--column <name>', 'values, or counts of a p, np, c, u or g chart')
    .option('--columns <names>', 'columns of a t2 or mewma chart, or the values of a subgroup: a,b,c')
    .option('--subgroup <column>', 'rows with the same value belong together')
    .option('--subgroup-size <n>', 'so many rows after one another belong together', integer)
    .option('--size <column>', 'of how many each count is: a column, or one number')
    .option('--at <column>', 'time or name of each point')
    .option(
      '--phase1 <rows>',
      'limits come from the first so many points, or from those a column marks; all by default',
    )
    .option('--reestimate', 'leave reference points that are out of the estimates (two rounds, a tenth at most)', false)
    .option('--center <number>', 'given centre (a target) instead of the mean', decimal)
    .option('--sigma <number>', 'given standard deviation of a value', decimal)
    .option('--L <number>', 'width of the limits in standard deviations; 3 where --arl0 is not given', decimal)
    .option('--arl0 <points>', 'width by mean points to a false alarm, short references included', decimal)
    .option('--lambda <number>', 'weight of the newest point (ewma 0.2, mewma 0.1)', decimal)
    .addOption(
      new Option('--limits <form>', 'limits of an ewma')
        .choices(['time-varying', 'asymptotic'])
        .default('time-varying'),
    )
    .option('--k <number>', 'half the shift to find, in sigma (cusum 0.5)', decimal)
    .option('--h <number>', 'limit of a cusum in sigma, or h4 of a mewma', decimal)
    .option('--fir', 'fast initial response: a cusum starts at h / 2', false)
    .option('--confidence <share>', 'share of points within the limits of t2', decimal)
    .option('--rules <rules>', 'western-electric, nelson, or numbers of Nelson tests: 1,2,3')
    .option('--residuals <model>', 'chart what is left of ar1, or of season:<points>')
    .option('--html <file>', 'write a page')
    .option('--svg <file>', 'write a picture')
    .option('--check', 'exit 3 where a point signals', false)
    .action(async (file, options) => done(await (await import('./commands/chart.ts')).chart(file, options, tools)))
  answered(command('metrics <file>', 'how good the predictions in a table are, with intervals'), 'what is true')
    .option('--threshold <p>', 'probability from which a row counts as predicted 1 (0.5)', decimal)
    .option('--weight <column>', 'how often each row counts')
    .option('--group <column>', 'also for each value of this column')
    .option('--block <column>', 'rows that vary together, such as those of a day: for the intervals')
    .option('--confidence <share>', 'confidence of the intervals', decimal, 0.95)
    .option('--bootstrap <samples>', 'intervals by bootstrap instead of by formulas', integer)
    .option('--seed <n>', 'seed of the bootstrap', integer, 0)
    .action(async (file, options) => done(await (await import('./commands/metrics.ts')).metrics(file, options, tools)))
  answered(
    command('estimate <reference> <current>', 'how a model does on rows whose outcomes have not come yet'),
    'what was true in the reference; may be absent in the current file',
  )
    .option('--features <names>', 'columns that tell rows apart; for a regression all others by default', names)
    .option('--metric <names>', 'what to estimate: roc_auc,accuracy,f1 or mae,rmse by default', names)
    .option('--threshold <p>', 'probability from which a row is answered 1 (0.5)', decimal)
    .option('--chunk-size <rows>', 'rows of a chunk', integer)
    .option('--chunks <n>', 'so many chunks of equal size (10)', integer)
    .option('--timestamp <column>', 'when each row was predicted')
    .addOption(new Option('--every <period>', 'one chunk for each').choices(['hour', 'day', 'week', 'month']))
    .option('--seed <n>', 'seed of the fits', integer, 0)
    .action(async (reference, current, options) =>
      done(await (await import('./commands/estimate.ts')).estimate(reference, current, options, tools)),
    )
  command('evaluate <model> <file>', 'metrics of an ONNX model on a table')
    .requiredOption('--label <column>', 'what is true')
    .addOption(new Option('--task <task>', 'as the model says by default').choices(['binary', 'regression']))
    .action(async (model, file, options) =>
      done(await (await import('./commands/evaluate.ts')).evaluate(model, file, options, tools)),
    )
  command('inspect <model>', 'what an ONNX file takes, gives and is made of').action(async (model, options) =>
    done(await (await import('./commands/inspect.ts')).inspect(model, options)),
  )

  program
    .command('job <name>', { hidden: true })
    .exitOverride()
    .requiredOption('--input <file>')
    .requiredOption('--result <file>')
    .action(async (name, files) => tools.runJob(name, files))
  return program
}

/** The columns of a table that hold what a model answered and what was true. */
function answered(command: Command, label: string): Command {
  return command
    .requiredOption('--label <column>', label)
    .option('--prediction <column>', 'predicted number, or probability of label 1')
    .option('--prediction-class <column>', 'predicted class')
    .option('--probabilities <columns>', 'probability of each class: p0,p1,…', names)
    .option('--classes <names>', 'classes, in the order of the probabilities', names)
    .option('--positive <label>', 'label that counts as 1')
    .addOption(
      new Option('--task <task>', 'found from the columns by default').choices(['binary', 'multiclass', 'regression']),
    )
}

function port(text: string): number {
  const value = integer(text)
  if (value > 65535) throw new InvalidArgumentError('A port is at most 65535.')
  return value
}

function integer(text: string): number {
  if (!/^\d{1,9}$/.test(text)) throw new InvalidArgumentError('It must be a whole number.')
  return Number(text)
}

function decimal(text: string): number {
  const value = Number(text)
  if (text.trim() === '' || !Number.isFinite(value)) throw new InvalidArgumentError('It must be a number.')
  return value
}

function names(text: string): readonly string[] {
  return text.split(',').map(name => name.trim())
}

function collected(text: string, before: readonly string[]): readonly string[] {
  return [...before, text]
}

/** `falconer … | head` ends without a word. */
function quietOnBrokenPipe(): void {
  process.stdout.on('error', error => {
    if ((error as NodeJS.ErrnoException).code === 'EPIPE') process.exit(0)
    throw error
  })
}
