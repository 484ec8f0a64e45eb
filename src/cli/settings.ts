/** Address and key of the server: from the flag, else the environment, else the configuration file. */
import { existsSync, readFileSync } from 'node:fs'
import { homedir } from 'node:os'
import { join } from 'node:path'
import { FalconerError } from '../base/errors.ts'
import { type Client, createClient } from './client.ts'

export interface ServerFlags {
  readonly url?: string
  readonly key?: string
}

interface Settings {
  readonly url: string
  readonly key: string | undefined
}

const defaultPort = 7700

function settings(flags: ServerFlags, environment: NodeJS.ProcessEnv): Settings {
  const file = configuration(environment)
  return {
    url: flags.url ?? environment.FALCONER_URL ?? file.url ?? `http://127.0.0.1:${defaultPort}`,
    key: flags.key ?? environment.FALCONER_KEY ?? file.key,
  }
}

export function connect(flags: ServerFlags): Client {
  return createClient(settings(flags, process.env))
}

/** `falconer/config.json` in the user's configuration folder: `{"url": …, "key": …}`. */
function configuration(environment: NodeJS.ProcessEnv): { url?: string; key?: string } {
  const folder = environment.XDG_CONFIG_HOME || join(environment.HOME || homedir(), '.config')
  const path = join(folder, 'falconer', 'config.json')
  if (!existsSync(path)) return {}
  try {
    const { url, key } = JSON.parse(readFileSync(path, 'utf8')) as { url?: unknown; key?: unknown }
    return { ...(typeof url === 'string' && { url }), ...(typeof key === 'string' && { key }) }
  } catch (cause) {
    throw new FalconerError('bad-input', `${path} is not JSON.`, {
      fix: 'It should read {"url": "http://127.0.0.1:7700", "key": "…"}.',
      cause,
    })
  }
}
