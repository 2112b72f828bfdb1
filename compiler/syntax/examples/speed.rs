fn main() {
    let only_valid = std::env::args().nth(1).is_some();
    let tour = include_str!("../src/tests/tour.heal");
    let n = 1_000_000 / tour.len();
    let body: String = tour.repeat(n);
    let t = std::time::Instant::now();
    let (tree, d) = heal_syntax::parse(heal_diagnostics::FileId(0), &body);
    let e = t.elapsed();
    println!("valid {} bytes {} items {} diags {:?} {:.1} MB/s", body.len(), tree.items.len(), d.len(), e, body.len() as f64 / e.as_secs_f64() / 1e6);
    if only_valid { 
        let cpu = || std::fs::read_to_string("/proc/thread-self/schedstat").unwrap().split(' ').next().unwrap().parse::<f64>().unwrap();
        let mut best = f64::MAX;
        for _ in 0..30 { let t = cpu(); heal_syntax::parse(heal_diagnostics::FileId(0), &body); best = best.min(cpu() - t); }
        println!("best {:.1} MB/s", body.len() as f64 / best * 1e3);
        return; }
    let mut hostile: Vec<(&str, String)> = vec![];
    hostile.push(("missing brace", body.replacen("severity critical\n}", "severity critical\n", 500)));
    hostile.push(("when(+", "detector x { when a ".to_string() + &"+ when(1) ".repeat(100_000) + "+ }"));
    hostile.push(("for 2m +", "detector x { ".to_string() + &"for 2m + ".repeat(100_000) + "+ }"));
    hostile.push(("clear", "detector x { ".to_string() + &"clear when a > for ".repeat(50_000) + "+ }"));
    hostile.push(("chain", "detector x { when a ".to_string() + &"+ a ".repeat(200_000) + "}"));
    hostile.push(("dots", "detector x { when a".to_string() + &".a".repeat(400_000) + "}"));
    hostile.push(("opens", "{".repeat(900_000)));
    hostile.push(("closes", "}".repeat(900_000)));
    hostile.push(("quotes", "\"".repeat(900_000)));
    hostile.push(("detector", "detector ".repeat(100_000)));
    hostile.push(("policy on", "policy p { ".to_string() + &"on on on ".repeat(100_000) + "}"));
    hostile.push(("use", "use a.{b c} ".repeat(80_000)));
    hostile.push(("params", "param a: b = 3 c ".repeat(60_000)));
    hostile.push(("params nl", "param a: b = 3 \n@ ".repeat(60_000)));
    hostile.push(("comment", "// x\n".repeat(200_000)));
    hostile.push(("docs", "} /// x\n".repeat(120_000)));
    hostile.push(("one line", "x".repeat(1_000_000)));
    hostile.push(("ticks", "` \n".repeat(300_000)));
    hostile.push(("entity", "entity a { ".to_string() + &"a: b c ".repeat(140_000)));
    hostile.push(("guard", "policy a { guard { ".to_string() + &"limit 3 per 3 per (a, ".repeat(40_000)));
    hostile.push(("limit list", "policy a { guard { limit ".to_string() + &"3 per 3, ".repeat(100_000)));
    hostile.push(("try", "policy a { ".to_string() + &"try ".repeat(200_000)));
    hostile.push(("ternary", "detector x { when a ".to_string() + &"? a : b ".repeat(100_000) + "}"));
    hostile.push(("nots", "detector x { when ".to_string() + &"!".repeat(900_000) + "a }"));
    hostile.push(("comments in expr", "detector x { when a ".to_string() + &"+ // c\n a ".repeat(80_000) + "}"));
    hostile.push(("at most", "signal x: y { ".to_string() + &"at most 3 keys at most ".repeat(40_000) + "}"));
    hostile.push(("nested", "detector x { when ".to_string() + &("(".repeat(60) + &")".repeat(60)).repeat(8000) + "}"));
    hostile.push(("nested ok", "detector x { ".to_string() + &("when ".to_string() + &"(".repeat(60) + "a" + &")".repeat(60) + "\n").repeat(7000) + "}"));
    hostile.push(("nested args", "detector x { ".to_string() + &("when ".to_string() + &"f(a: ".repeat(60) + "a ? b" + &")".repeat(60) + "\n").repeat(2000) + "}"));
    for (name, text) in hostile {
        let text = if text.len() > 1 << 20 { text[..1 << 20].to_string() } else { text };
        let t = std::time::Instant::now();
        let (tree, d) = heal_syntax::parse(heal_diagnostics::FileId(0), &text);
        let e = t.elapsed();
        println!("{name}: {} bytes {} items {} diags {:?} {:.1} MB/s | {}", text.len(), tree.items.len(), d.len(), e, text.len() as f64 / e.as_secs_f64() / 1e6, d.first().map(|d| d.message.chars().take(100).collect::<String>()).unwrap_or_default());
    }
}
