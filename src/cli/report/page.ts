/** A page in one file: nothing is loaded from elsewhere and nothing runs, so it may be mailed and kept. */
import { dark, light, type Token } from '../../charts/palette.ts'
import { escapeText } from '../../charts/svg.ts'

export interface PageParts {
  readonly language: string
  readonly title: string
  /** Markup. */
  readonly body: string
}

export function page({ language, title, body }: PageParts): string {
  return `<!doctype html>
<html lang="${escapeText(language)}">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'">
<title>${escapeText(title)}</title>
<style>${style}</style>
</head>
<body>
${body}
</body>
</html>
`
}

const tokens = (Object.keys(light) as Token[])
  .map(token => `--chart-${token}:light-dark(${light[token]},${dark[token]})`)
  .join(';')

const style = `
:root{color-scheme:light dark;${tokens};
--page:light-dark(#f5f7f9,#0e1319);--line:light-dark(#dde3e9,#28313c);--sunken:light-dark(#f0f3f6,#11171e);
--attention:light-dark(#995200,#f0ab4a);--attention-soft:light-dark(#fdf3e3,#31240f);--ok-soft:light-dark(#e9f5f2,#12292a);
--sans:system-ui,-apple-system,"Segoe UI",Roboto,"Helvetica Neue","Liberation Sans","Noto Sans","PingFang SC","Microsoft YaHei","Noto Sans CJK SC",sans-serif;
--chart-font:var(--sans)}
*{box-sizing:border-box}
body{margin:0;padding:2.5rem clamp(1rem,4vw,3rem) 3rem;background:var(--page);color:var(--chart-ink);font:15px/1.5 var(--sans)}
body>*{max-width:1240px;margin-inline:auto}
h1,h2,h3,p,ul,dl,dd,figure{margin:0}
h1{font-size:1.9rem;line-height:1.2;font-weight:660;letter-spacing:-.015em;text-wrap:balance}
h2{font-size:1.05rem;font-weight:640;margin:2.5rem 0 .9rem}
h3{font-size:1rem;font-weight:640;overflow-wrap:anywhere}
html:lang(zh-CN) :is(h1,h2,h3){letter-spacing:0}
.eyebrow{font-size:.8rem;color:var(--chart-muted);letter-spacing:.04em;margin-bottom:.5rem}
.lead{font-size:1.08rem;margin-top:.6rem;color:var(--chart-muted);max-width:60em}
.schema{margin-top:1rem;padding:.7rem 1rem;border-left:3px solid var(--attention);border-radius:0 8px 8px 0;background:var(--attention-soft)}
.sides{display:flex;flex-wrap:wrap;gap:.5rem 2rem;margin-top:1.4rem;padding:0;list-style:none;color:var(--chart-muted);font-size:.9rem}
.sides li{display:flex;align-items:center;gap:.6rem}
.sides b{color:var(--chart-ink);font-weight:600;overflow-wrap:anywhere}
.key{flex:none;width:26px;height:0;border-top:2px dashed var(--chart-reference)}
.key.now{border-top:2px solid var(--chart-series)}
.cards{display:grid;grid-template-columns:repeat(auto-fill,minmax(min(100%,360px),1fr));gap:1rem}
.card{background:var(--chart-surface);border:1px solid var(--line);border-radius:12px;padding:1rem 1.1rem 1.1rem;display:flex;flex-direction:column}
.card .what{color:var(--attention);font-weight:600;margin:.1rem 0 .7rem}
.card .note{margin-top:.5rem;font-size:.78rem;color:var(--chart-muted)}
.card dl{display:flex;flex-wrap:wrap;gap:.3rem 1.4rem;margin-top:auto;padding-top:.8rem;font-size:.83rem}
.card dl>div{display:flex;gap:.4rem}
dt{color:var(--chart-muted)}
dd,.number{font-variant-numeric:tabular-nums}
svg{display:block;max-width:100%;height:auto}
.scroll{overflow-x:auto;background:var(--chart-surface);border:1px solid var(--line);border-radius:12px}
table{border-collapse:collapse;width:100%;font-size:.87rem}
th{font-weight:600;font-size:.78rem;color:var(--chart-muted);text-align:left;background:var(--sunken);white-space:nowrap}
th,td{padding:.5rem .8rem;border-bottom:1px solid var(--line);vertical-align:middle}
tr:last-child>td{border-bottom:0}
td:first-child{font-weight:600;min-width:9em;max-width:16em;overflow-wrap:break-word}
td.number,th.number{text-align:right;white-space:nowrap}
tr.stable td:not(.picture){color:var(--chart-muted)}
tr.stable td:first-child{color:inherit;font-weight:500}
.mark{white-space:nowrap}
.mark::before{content:"";display:inline-block;width:.62em;height:.62em;margin-right:.5em;border:1.5px solid var(--chart-ok);border-radius:50%}
.mark.out{color:var(--attention);font-weight:600}
.mark.out::before{background:var(--attention);border-color:var(--attention);border-radius:0;transform:rotate(45deg) scale(.9)}
.further{margin-top:1rem;color:var(--chart-muted)}
.notes{color:var(--chart-muted);font-size:.9rem;max-width:60em;display:grid;gap:.5rem;padding:0;list-style:none}
.notes b{color:var(--chart-ink);font-weight:600}
footer{margin-top:3rem!important;padding-top:1rem;border-top:1px solid var(--line);color:var(--chart-muted);font-size:.8rem}
@media print{body{background:none;padding:0}.card,tr{break-inside:avoid}}
`
