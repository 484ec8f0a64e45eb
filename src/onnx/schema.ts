/**
 * Field numbers of the ONNX messages that are read and written here (onnx.proto of onnx 1.23, proto2: presence is
 * kept, repeated numbers are unpacked unless marked). To read a further field, add it here and to `model.ts`; until
 * then it is carried along unread.
 */

export type Scalar = 'int' | 'uint' | 'float' | 'double' | 'string' | 'bytes'

export interface Field {
  readonly number: number
  readonly name: string
  readonly type: Scalar | MessageName
  readonly repeated: boolean
  readonly packed: boolean
}

type Kind = Scalar | MessageName | `${Scalar | MessageName}*` | `${Scalar}* packed`

const messages = {
  Model: {
    irVersion: [1, 'int'],
    producerName: [2, 'string'],
    producerVersion: [3, 'string'],
    domain: [4, 'string'],
    modelVersion: [5, 'int'],
    docString: [6, 'string'],
    graph: [7, 'Graph'],
    opsetImport: [8, 'OperatorSet*'],
    metadataProps: [14, 'StringEntry*'],
  },
  OperatorSet: { domain: [1, 'string'], version: [2, 'int'] },
  StringEntry: { key: [1, 'string'], value: [2, 'string'] },
  Graph: {
    node: [1, 'Node*'],
    name: [2, 'string'],
    initializer: [5, 'Tensor*'],
    docString: [10, 'string'],
    input: [11, 'ValueInfo*'],
    output: [12, 'ValueInfo*'],
    valueInfo: [13, 'ValueInfo*'],
    metadataProps: [16, 'StringEntry*'],
  },
  Node: {
    input: [1, 'string*'],
    output: [2, 'string*'],
    name: [3, 'string'],
    opType: [4, 'string'],
    attribute: [5, 'Attribute*'],
    docString: [6, 'string'],
    domain: [7, 'string'],
    overload: [8, 'string'],
    metadataProps: [9, 'StringEntry*'],
  },
  Attribute: {
    name: [1, 'string'],
    f: [2, 'float'],
    i: [3, 'int'],
    s: [4, 'bytes'],
    t: [5, 'Tensor'],
    g: [6, 'Graph'],
    floats: [7, 'float*'],
    ints: [8, 'int*'],
    strings: [9, 'bytes*'],
    tensors: [10, 'Tensor*'],
    graphs: [11, 'Graph*'],
    docString: [13, 'string'],
    type: [20, 'int'],
    refAttrName: [21, 'string'],
  },
  Tensor: {
    dims: [1, 'int*'],
    dataType: [2, 'int'],
    floatData: [4, 'float* packed'],
    int32Data: [5, 'int* packed'],
    stringData: [6, 'bytes*'],
    int64Data: [7, 'int* packed'],
    name: [8, 'string'],
    rawData: [9, 'bytes'],
    doubleData: [10, 'double* packed'],
    uint64Data: [11, 'uint* packed'],
    docString: [12, 'string'],
    externalData: [13, 'StringEntry*'],
    dataLocation: [14, 'int'],
  },
  ValueInfo: { name: [1, 'string'], type: [2, 'Type'], docString: [3, 'string'] },
  Type: {
    tensorType: [1, 'TensorType'],
    sequenceType: [4, 'ElementType'],
    mapType: [5, 'MapType'],
    denotation: [6, 'string'],
    optionalType: [9, 'ElementType'],
  },
  TensorType: { elemType: [1, 'int'], shape: [2, 'Shape'] },
  ElementType: { elemType: [1, 'Type'] },
  MapType: { keyType: [1, 'int'], valueType: [2, 'Type'] },
  Shape: { dim: [1, 'Dimension*'] },
  Dimension: { dimValue: [1, 'int'], dimParam: [2, 'string'], denotation: [3, 'string'] },
} as const

export type MessageName = keyof typeof messages

/** The fields of a message, by ascending number: the order in which they are written. */
export const schema: Readonly<Record<MessageName, readonly Field[]>> = Object.fromEntries(
  Object.entries(messages).map(([message, fields]) => [
    message,
    Object.entries(fields as Record<string, readonly [number, Kind]>).map(([name, [number, kind]]): Field => {
      const packed = kind.endsWith(' packed')
      const repeated = kind.includes('*')
      return { number, name, type: kind.replace(/\*.*/, '') as Field['type'], repeated, packed }
    }),
  ]),
) as unknown as Record<MessageName, readonly Field[]> // the entries are those of `messages`
