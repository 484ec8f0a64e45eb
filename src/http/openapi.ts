/** The OpenAPI 3.1 document, written from the declared calls and their schemas. */
import { z } from 'zod'
import type { Route } from './route.ts'

export function openApi(routes: readonly Route[], version: string): unknown {
  const paths: Record<string, Record<string, unknown>> = {}
  for (const route of routes) {
    paths[route.path] = { ...paths[route.path], [route.method.toLowerCase()]: operation(route) }
  }
  return {
    openapi: '3.1.0',
    info: { title: 'Falconer', version, license: { name: 'Apache-2.0', identifier: 'Apache-2.0' } },
    servers: [{ url: '/' }],
    security: [{ key: [] }, { cookie: [] }],
    paths,
    components: {
      securitySchemes: {
        key: { type: 'http', scheme: 'bearer' },
        cookie: { type: 'apiKey', in: 'cookie', name: 'falconer' },
      },
      schemas: { Problem: schemaOf(problem, 'output') },
      responses: {
        Problem: {
          description: 'What went wrong and what to do about it (RFC 9457)',
          content: { 'application/problem+json': { schema: { $ref: '#/components/schemas/Problem' } } },
        },
      },
    },
  }
}

const problem = z.object({
  type: z.string().meta({ description: 'https://falconer.dev/errors/<code>' }),
  title: z.string(),
  status: z.int(),
  detail: z.string(),
  fix: z.string().meta({ description: 'What to do about it' }),
  instance: z.string().meta({ description: 'Id of the request' }),
  errors: z.array(z.object({ at: z.string(), text: z.string() })).optional(),
})

function operation(route: Route): unknown {
  const answer = route.answer ? { 'application/json': { schema: schemaOf(route.answer, 'output') } } : undefined
  return {
    operationId: operationId(route),
    summary: route.summary,
    ...(route.role === 'none' ? { security: [] } : { description: `Needs the role ${route.role}.` }),
    parameters: [
      ...pathParameters(route.path),
      ...queryParameters(route.query),
      ...(route.needsMatch ? [ifMatch] : []),
    ],
    ...requestBody(route),
    responses: {
      [route.status]: { description: 'Done', ...(answer && { content: answer }) },
      default: { $ref: '#/components/responses/Problem' },
    },
  }
}

const ifMatch = { name: 'If-Match', in: 'header', required: true, schema: { type: 'string' } }

function operationId(route: Route): string {
  const words = route.path.split(/[^A-Za-z]+/).filter(word => word !== '' && word !== 'v')
  return [route.method.toLowerCase(), ...words.map(word => word[0]!.toUpperCase() + word.slice(1))].join('')
}

function pathParameters(path: string): unknown[] {
  return [...path.matchAll(/\{(\w+)\}/g)].map(([, name]) => ({
    name,
    in: 'path',
    required: true,
    schema: { type: 'string' },
  }))
}

function queryParameters(query: z.ZodType): unknown[] {
  const { properties = {}, required = [] } = schemaOf(query, 'input') as {
    properties?: Record<string, unknown>
    required?: string[]
  }
  return Object.entries(properties).map(([name, schema]) => ({
    name,
    in: 'query',
    required: required.includes(name),
    schema,
  }))
}

function requestBody(route: Route): object {
  if (route.uploads.length > 0) {
    const binary = { schema: { type: 'string', format: 'binary' } }
    return { requestBody: { required: true, content: Object.fromEntries(route.uploads.map(type => [type, binary])) } }
  }
  if (!route.body) return {}
  return { requestBody: { required: true, content: { 'application/json': { schema: schemaOf(route.body, 'input') } } } }
}

function schemaOf(schema: z.ZodType, io: 'input' | 'output'): unknown {
  const { $schema: _, ...rest } = z.toJSONSchema(schema, { io, unrepresentable: 'any' })
  return rest
}
