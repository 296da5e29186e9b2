namespace ProactiveCare.Demo;

/// <summary>Names of many origins.</summary>
internal sealed record NameBook(IReadOnlyList<string> Given, IReadOnlyList<string> Family)
{
    public static readonly NameBook American = Of(
        "Ada Marcus Zoë Luis Priya Tomás Grace Hiroshi Amara Patrick Leila Walter Noor Jasmine Deshawn Ingrid Mei Omar "
        + "Ruth Caleb Simone Viktor Anjali Rosa Kwame Beth Dmitri Chloë Isaac Yasmin Hank Lucía Samuel Thuy Eli",
        "Okafor Nguyễn O'Brien García Patel Müller Kowalski Haddad Johansson Washington Chen Rossi Blackhorse Novak "
        + "Smith "
        + "Jiménez Kim Abubakar Larsen Cohen Singh Dubois Martin Reyes Yamamoto Petrov Clarke Hernández Baptiste Ford");

    public static readonly NameBook German = Of(
        "Jürgen Anneliese Käthe Emre Sven Leonie Björn Aylin Matthias Greta Wiebke Georg Mila Holger Franziska Yusuf",
        "Müller Schäfer Yılmaz Weiß Brandstätter Vogel Größl Krüger Hofer Öztürk Lang Fuchs Böhm Richter");

    public static readonly NameBook Mexican = Of(
        "Guadalupe José María Íñigo Ximena Ángel Sofía Ramón Lucero Néstor Citlali Andrés Paloma Iván",
        "Núñez Hernández Peña Ibáñez Castañeda Ruiz Xicoténcatl Domínguez Muñoz Salas Treviño Ávila");

    public static readonly NameBook Japanese = Of(
        "Hanako Kenji Yūko Takeshi Aiko Shōta Naomi Ren", "Satō Suzuki Takahashi Itō Watanabe Kobayashi Ōno");

    public string Draw(Random random) => $"{Given[random.Next(Given.Count)]} {Family[random.Next(Family.Count)]}";

    /// <summary>A name as the left part of an address.</summary>
    public static string Plain(string name)
    {
        var text = new StringBuilder();
        foreach (var c in name.ToLowerInvariant().Replace("ß", "ss", StringComparison.Ordinal)
            .Normalize(NormalizationForm.FormD))
        {
            if (char.IsAsciiLetterOrDigit(c)) text.Append(c);
            else if (c == ' ') text.Append('.');
            else if (c == 'ı') text.Append('i');
            else if (c != '\'' && CharUnicodeInfo.GetUnicodeCategory(c) != UnicodeCategory.NonSpacingMark)
                text.Append('-');
        }
        return text.ToString();
    }

    private static NameBook Of(string given, string family) => new(given.Split(' '), family.Split(' '));
}
