/** The style sheet of the page. */
export const style = `
:root { color-scheme: light; }
body { margin: 0; background: #fff; color: #222; font: 15px/1.5 system-ui, "DejaVu Sans", sans-serif; }
main { max-width: 1360px; margin: 0 auto; padding: 24px; }
h1 { font-size: 28px; margin: 0 0 12px; }
h2 { font-size: 20px; margin: 40px 0 12px; border-bottom: 1px solid #ddd; padding-bottom: 4px; }
h3 { font-size: 16px; margin: 20px 0 8px; }
p { max-width: 80ch; }
.facts, .note { color: #666; font-size: 13px; }
.wide { overflow-x: auto; }
table { border-collapse: collapse; font-size: 13px; }
thead th { text-align: left; vertical-align: bottom; border-bottom: 2px solid #bbb; padding: 6px 10px; font-weight: 600; }
tbody th, td { border-bottom: 1px solid #eee; padding: 6px 10px; vertical-align: top; text-align: left; }
tbody th { font-weight: 600; min-width: 190px; }
tbody th small { display: block; color: #666; font-weight: normal; }
.number, thead th.number { text-align: right; white-space: nowrap; font-variant-numeric: tabular-nums; }
.formula { font-variant-numeric: tabular-nums; color: #444; }
.formula span { font-style: italic; color: #1f3b73; }
.verdicts { padding-left: 0; list-style: none; max-width: 95ch; }
.verdicts li { border-left: 5px solid #bbb; padding: 4px 12px; margin: 8px 0; }
.verdicts .better { border-color: #18a558; }
.verdicts .worse { border-color: #e01e37; }
.charts, .cards { display: grid; gap: 16px; }
.charts { grid-template-columns: repeat(auto-fit, minmax(560px, 1fr)); }
.charts svg { width: 100%; height: auto; }
figure { margin: 0; }
.cards { grid-template-columns: repeat(auto-fill, minmax(300px, 1fr)); }
.card { border: 1px solid #e4e4e4; border-radius: 6px; padding: 10px; }
.card div { display: flex; gap: 12px; align-items: flex-start; }
.card figcaption { font-weight: 600; margin-bottom: 6px; }
.grid { width: 150px; }
.pixels { width: 130px; image-rendering: pixelated; border: 1px solid #ddd; }
.sampling tbody th { min-width: 0; font-size: 16px; vertical-align: middle; }
.sampling td { padding: 3px; }
.sampling thead th { padding: 2px 3px; border: 0; }
.samples { width: 168px; display: block; }
.samples image { image-rendering: pixelated; }
`;
