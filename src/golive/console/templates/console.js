// Ask every 2 seconds whether the journal has grown; replace what is shown only when it has.
(function () {
  "use strict";
  var lost = document.getElementById("lost");
  async function look() {
    var main = document.querySelector("main");
    try {
      var answer = await fetch(location.href, {
        cache: "no-store",
        headers: { "If-None-Match": main.dataset.tag },
      });
      // Nobody's half-typed PIN is thrown away: what is new is shown once they have left the form.
      if (answer.status !== 304 && !main.querySelector("form:focus-within")) {
        var page = new DOMParser().parseFromString(await answer.text(), "text/html");
        var fresh = page.querySelector("main");
        main.querySelectorAll("details[open]").forEach(function (open) {
          var same = page.getElementById(open.id);
          if (same) same.open = true;
        });
        document.title = page.title;
        main.replaceWith(document.adoptNode(fresh));
      }
      lost.hidden = true;
    } catch (error) {
      lost.hidden = false;
    }
    setTimeout(look, 2000);
  }
  setTimeout(look, 2000);
})();
