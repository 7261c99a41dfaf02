/** A box that scrolls shows a shadow at each edge that hides more: the covers move with the content, the shadows do not. */
const scroll = `
.scroll{overflow-x:auto;background:linear-gradient(to right,var(--card) 30%,transparent) 0 0/42px 100%,linear-gradient(to left,var(--card) 30%,transparent) 100% 0/42px 100%,linear-gradient(to right,var(--shade),transparent) 0 0/16px 100%,linear-gradient(to left,var(--shade),transparent) 100% 0/16px 100%;background-repeat:no-repeat;background-color:var(--card);background-attachment:local,local,scroll,scroll}.scroll:focus-visible{outline:2px solid var(--hot);outline-offset:4px}`;

export const css = `
:root{color-scheme:light dark;--bg:#f4f6f8;--card:#fff;--ink:#17202b;--dim:#5c6877;--line:#e3e8ee;--hot:#c2410c;--hotbg:#fff4e6;--ok:#2b8a3e;--okbg:#ebfbee;--bad:#c92a2a;--shade:#17202b55}
@media(prefers-color-scheme:dark){:root{--bg:#11151b;--card:#191f28;--ink:#e6ebf1;--dim:#93a0b1;--line:#2a323e;--hot:#ff922b;--hotbg:#2c2013;--ok:#69db7c;--okbg:#16261b;--bad:#ff8787;--shade:#e6ebf166}}
*{box-sizing:border-box}body{margin:0;background:var(--bg);color:var(--ink);font:15px/1.45 system-ui,sans-serif}
header,main,aside,footer{max-width:1180px;margin:0 auto;padding:14px 20px 0}main,aside{display:grid;gap:14px;grid-template-columns:minmax(0,1fr)}footer{padding-bottom:28px}
h1{font-size:20px;margin:0;overflow-wrap:anywhere}h1 .dim{font-size:14px;font-weight:400}.wide{min-width:340px}h2{font-size:12px;text-transform:uppercase;letter-spacing:.07em;color:var(--dim);margin:0 0 10px}
section,details{background:var(--card);border:1px solid var(--line);border-radius:10px;padding:14px 16px}details{margin-top:14px;overflow-x:auto}summary{cursor:pointer;color:var(--dim)}
${scroll}
table{border-collapse:collapse;width:100%;font-variant-numeric:tabular-nums}td,th{text-align:left;padding:4px 14px 4px 0;white-space:nowrap;border-top:1px solid var(--line)}th{color:var(--dim);font-weight:500;border:0}td:last-child{white-space:normal;padding-right:0}td:last-child:has(code){min-width:340px}
code{font:13px ui-monospace,monospace;overflow-wrap:anywhere}.dim{color:var(--dim)}.bad{color:var(--bad)}.ok{color:var(--ok)}.hot{color:var(--hot)}
.phones{display:grid;grid-template-columns:repeat(auto-fill,minmax(150px,1fr));gap:8px}.phone,.leg{border:1px solid var(--line);border-radius:8px;padding:7px 10px;overflow-wrap:anywhere}
.phone b,.leg b{font-size:16px;font-variant-numeric:tabular-nums}.call{display:flex;align-items:center;gap:10px;flex-wrap:wrap;padding:6px 0}.leg{min-width:210px}.call small{color:var(--dim)}
form{display:flex;flex-wrap:wrap;gap:8px;align-items:end;margin:0 0 10px}form:last-of-type{margin:0}label{display:grid;gap:2px;font-size:13px;color:var(--dim);min-width:0}
select,input,button{font:14px system-ui,sans-serif;color:var(--ink);background:var(--card);border:1px solid var(--line);border-radius:6px;padding:4px 8px;max-width:100%}button{cursor:pointer;border-color:var(--hot);color:var(--hot)}.phone select{font-size:13px;color:var(--dim);margin-top:4px}output{color:var(--bad);font-size:13px}
.voicemail,.ringing{border-color:var(--hot);background:var(--hotbg)}.talking{border-color:var(--ok);background:var(--okbg)}.ringing .state{color:var(--hot)}.talking .state{color:var(--ok)}.state{color:var(--dim);font-size:13px}
.ringing b::after{content:" ☎";display:inline-block;margin-left:6px;animation:ring .4s infinite alternate}@keyframes ring{from{transform:rotate(-14deg)}to{transform:rotate(14deg)}}@media(prefers-reduced-motion:reduce){.ringing b::after{animation:none}}
.fault{border-radius:99px;padding:1px 9px;margin:10px 8px 0 0;font-size:13px}.gone main,.gone aside{opacity:.45}.gone header::after{content:"The simulator has stopped.";color:var(--bad)}
`;
