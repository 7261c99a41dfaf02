/**
 * What the page does in the browser. It reads the content twice a second and shows it if it changed. A form sends its fields as
 * JSON to the address of its `data-put`; a choice or button with `data-…` changes a phone, ends a fault or plays a sound. Without
 * script, the page shows one moment.
 */
export const script = `
const $=(name)=>document.querySelector(name),main=$("main"),said=$("aside output");let shown,sound;
const send=async(path,method,body)=>{const answer=await fetch(path,{method,headers:{"Content-Type":"application/json"},body:body&&JSON.stringify(body)});said.textContent=answer.ok?"":await answer.text()};
setInterval(async()=>{if(document.hidden)return;try{const answer=await fetch("/_sim/fragment"),text=await answer.text();if(text!==shown)main.innerHTML=shown=text;document.body.className=""}catch{document.body.className="gone"}},500);
main.addEventListener("change",({target:{dataset:{phone},value:act}})=>phone&&(act?send("/simulator/phones/"+phone,"PUT",{act}):send("/simulator/phones/"+phone,"DELETE")));
main.addEventListener("click",({target:{dataset:{fault,play}}})=>{if(fault)send("/simulator/faults/"+fault,"DELETE");if(play){sound?.pause();sound=new Audio("/simulator/sounds/"+encodeURIComponent(play));sound.play()}});
$("aside").addEventListener("submit",(event)=>{event.preventDefault();send(event.target.dataset.put,"PUT",Object.fromEntries(new FormData(event.target)))});
`;
