# Linearised errors of means, shares and weighted least squares; writes survey_design.json.
# Rscript tests/reference/models/survey_design.R tests/reference/models
suppressPackageStartupMessages({library(jsonlite); library(survey)})
folder <- commandArgs(trailingOnly = TRUE)[1]
d <- read.csv(file.path(folder, "data", "survey_simulated.csv"))
d$high <- as.numeric(d$imbalance > 1)
d$one <- ifelse(d$unit == "u60", "alone", d$province)
designs <- list(full = svydesign(~unit, strata = ~province, weights = ~weight, data = d),
                clusters = svydesign(~unit, weights = ~weight, data = d),
                rows = svydesign(~1, strata = ~province, weights = ~weight, data = d))
all_of <- function(s) {
  m <- svymean(~imbalance, s); part <- subset(s, duty >= 4)
  dm <- svymean(~imbalance, part); p <- svyciprop(~high, s, method = "logit"); dp <- svyciprop(~high, part, method = "logit")
  fit <- svyglm(imbalance ~ pressure + conflict + age, design = s)
  list(mean = c(coef(m), SE(m)), mean_ci = as.numeric(confint(m, df = degf(s))), degrees = degf(s),
       domain = c(coef(dm), SE(dm)), domain_degrees = degf(part), share = c(as.numeric(p), sqrt(as.numeric(attr(p, "var")))),
       share_ci = as.numeric(attr(p, "ci")), domain_share = as.numeric(dp), domain_share_ci = as.numeric(attr(dp, "ci")),
       beta = unname(coef(fit)), se = unname(SE(fit)), df = fit$df.residual)
}
lonely <- svydesign(~unit, strata = ~one, weights = ~weight, data = d)
alone <- function(how) { options(survey.lonely.psu = how); m <- svymean(~imbalance, lonely); c(coef(m), SE(m)) }
write_json(list(r = R.version.string, packages = list(survey = as.character(packageVersion("survey"))),
  designs = lapply(designs, all_of), lonely = list(centre = unname(alone("adjust")), certain = unname(alone("certainty")))
), file.path(folder, "survey_design.json"), auto_unbox = TRUE, digits = 15, pretty = TRUE)
